import { Index, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Feed } from "../../data/feed";
import { Figure } from "../../parts/Figure";
import { Meter } from "../../parts/Meter";
import { NoRows } from "./NoRows";
import { newest, type Newest } from "./now";

interface Mount {
  point: string;
  device: string;
  share: number;
  used: number | undefined;
  available: number | undefined;
  inodes: number | undefined;
}

/** Space by mount, the fullest first; the limit is the tick on the meter. */
export const Mounts: Component<{ feed: Feed }> = props => {
  const app = useApp();
  const limit = (): number | undefined => {
    const percent = app.host.status()?.thresholds?.["disk_percent"];
    return percent === undefined ? undefined : percent / 100;
  };
  const mounts = createMemo<Mount[]>(() => {
    const space = newest(props.feed.track("space"));
    const inodes = newest(props.feed.track("inodes-share"));
    return newest(props.feed.track("space-share"))
      .map(({ labels, value }) => {
        const point = labels["mountpoint"] ?? "";
        const of = (all: Newest[], ...states: string[]): number | undefined =>
          all.find(
            one => one.labels["mountpoint"] === point && (states.length === 0 || states.includes(one.labels["state"] ?? "")),
          )?.value;
        return {
          point,
          device: labels["device"] ?? "",
          share: value,
          used: of(space, "used"),
          available: of(space, "available", "free"),
          inodes: of(inodes),
        };
      })
      .sort((a, b) => b.share - a.share || a.point.localeCompare(b.point));
  });
  const hot = (share: number): boolean => limit() !== undefined && share > (limit() ?? 1);
  return (
    <section class="panel" aria-label="Space">
      <div class="ph">
        <h2>Space</h2>
        <span class="more">{mounts().length || ""}</span>
      </div>
      <Show
        when={mounts().length > 0}
        fallback={<NoRows track={props.feed.track("space-share")} detail="no file system that holds data has been reported" />}
      >
        <table class="tbl flat dense">
          <thead>
            <tr>
              <th scope="col">Mount</th>
              <th scope="col" class="num">
                Used
              </th>
              <th scope="col" class="num">
                Available
              </th>
              <th scope="col" class="num hide-narrow">
                Inodes
              </th>
              <th scope="col" class="num">
                Full
              </th>
            </tr>
          </thead>
          <tbody>
            <Index each={mounts()}>
              {mount => (
                <tr>
                  <td class="name" title={mount().device}>
                    {mount().point}
                  </td>
                  <td class="num">
                    <Figure value={mount().used} unit="B" />
                  </td>
                  <td class="num">
                    <Figure value={mount().available} unit="B" />
                  </td>
                  <td class="num sec hide-narrow">
                    <Figure value={mount().inodes} unit="%" />
                  </td>
                  <td class="num">
                    <span class="cell">
                      <Meter share={mount().share} limit={limit()} severity={hot(mount().share) ? "high" : undefined} />
                      <span class="v" classList={{ hot: hot(mount().share) }}>
                        <Figure value={mount().share} unit="%" />
                      </span>
                    </span>
                  </td>
                </tr>
              )}
            </Index>
          </tbody>
        </table>
      </Show>
    </section>
  );
};
