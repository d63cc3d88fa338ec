import { Index, Show, createMemo, type Component } from "solid-js";
import type { Feed } from "../../../data/feed";
import { text } from "../../../format/units";
import { Figure } from "../../../parts/Figure";
import { Meter } from "../../../parts/Meter";
import { newest, type Newest } from "../now";
import { faults, held, of, type Counts, type Device } from "./read";

/** A row for each GPU; a press on its name shows its charts below. */
export const GpuTable: Component<{
  feed: Feed;
  all: readonly Device[];
  gone: readonly Device[];
  counts: Counts;
  headroom: readonly Newest[];
  chosen: string | undefined;
  choose: (id: string) => void;
}> = props => {
  const now = createMemo(() => {
    const track = (id: string) => newest(props.feed.track(id));
    return {
      busy: track("gpus-busy"),
      memory: track("gpus-memory"),
      used: track("gpus-memory-used"),
      limit: track("gpus-memory-limit"),
      heat: track("gpus-heat"),
      headroom: props.headroom,
      power: track("gpus-power"),
      may: track("gpus-power-limit"),
      clock: track("gpus-clock"),
      held: track("gpus-held"),
    };
  });
  const rows = createMemo(() => [...props.all, ...props.gone].sort((a, b) => a.index - b.index));
  return (
    <div class="panel gpus">
      <table class="tbl flat dense cards grid">
        <thead>
          <tr>
            <th scope="col">GPU</th>
            <th scope="col" class="num">
              Busy
            </th>
            <th scope="col" class="num">
              Memory
            </th>
            <th scope="col" class="num">
              Temperature
            </th>
            <th scope="col" class="num">
              Power
            </th>
            <th scope="col" class="num c-sm">
              Clock
            </th>
            <th scope="col">Held back by</th>
          </tr>
        </thead>
        <tbody>
          <Index each={rows()}>
            {device => {
              const value = (all: "busy" | "memory" | "used" | "limit" | "heat" | "headroom" | "power" | "may" | "clock") =>
                of(now()[all], device().id);
              const back = createMemo(() => held(now().held, device().id));
              const broken = createMemo(() => faults(props.counts, device().id).filter(({ trouble }) => trouble));
              const gone = (): boolean => props.gone.some(({ id }) => id === device().id);
              const hot = (): boolean => (value("headroom") ?? 1) <= 0;
              return (
                <tr aria-selected={props.chosen === device().id}>
                  <td class="first">
                    <button
                      type="button"
                      class="plain"
                      disabled={gone()}
                      aria-pressed={props.chosen === device().id}
                      title={`${device().name}, ${device().bus}`}
                      onClick={() => props.choose(device().id)}
                    >
                      {device().index}
                      <span class="sec gpu-name">{device().name.replace(/^NVIDIA /, "")}</span>
                    </button>
                    <Show when={broken().length > 0}>
                      <span class="hot small gpu-fault">
                        {broken()
                          .map(({ words }) => words)
                          .join(", ")}
                      </span>
                    </Show>
                  </td>
                  <td class="num" data-l="Busy">
                    <span class="cell">
                      <Meter share={value("busy") ?? 0} />
                      <span class="v">
                        <Figure value={value("busy")} unit="%" />
                      </span>
                    </span>
                  </td>
                  <td class="num" data-l="Memory" title={`${text(value("used"), "B")} of ${text(value("limit"), "B")}`}>
                    <span class="cell">
                      <Meter share={value("memory") ?? 0} />
                      <span class="v">
                        <Figure value={value("memory")} unit="%" />
                      </span>
                    </span>
                  </td>
                  <td
                    class="num"
                    data-l="Heat"
                    classList={{ hot: hot() }}
                    title={value("headroom") === undefined ? undefined : `${text(value("headroom"), "°C")} until it slows down`}
                  >
                    <span>
                      <Figure value={value("heat")} unit="°C" />
                    </span>
                  </td>
                  <td class="num" data-l="Power" title={value("may") === undefined ? undefined : `of ${text(value("may"), "W")}`}>
                    <span>
                      <Figure value={value("power")} unit="W" />
                    </span>
                  </td>
                  <td class="num c-sm hide">
                    <Figure value={value("clock")} unit="Hz" />
                  </td>
                  <td
                    class="tail"
                    classList={{ hot: gone() || back()?.trouble === true, sec: !gone() && back()?.trouble !== true }}
                  >
                    {gone()
                      ? "does not answer"
                      : back() === undefined
                        ? "–"
                        : back()?.words || <span class="dim hide-phone">nothing</span>}
                  </td>
                </tr>
              );
            }}
          </Index>
        </tbody>
      </table>
    </div>
  );
};
