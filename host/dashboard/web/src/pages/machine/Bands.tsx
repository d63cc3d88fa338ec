import { For, Show, createMemo, type Component, type JSX } from "solid-js";
import { useApp } from "../../app";
import type { Feed, Track } from "../../data/feed";
import { bounds } from "../../data/range";
import type { Labels } from "../../data/types";
import { State } from "../../parts/State";
import { band, told, type Band } from "./bands";

/** A row for each state that was so within the range, and when: for what is on or off. */
export const Bands: Component<{
  id: string;
  title: string;
  of?: string;
  feed: Feed;
  track: Track;
  /** What a series' row is called. */
  name: (labels: Labels) => string;
  now: (bands: readonly Band[]) => string;
  /** In the place of rows, when nothing was so. */
  quiet: { title: string; detail: string };
  absent: string;
  after?: JSX.Element;
}> = props => {
  const app = useApp();
  const all = createMemo<Band[]>(() => {
    props.track.version();
    const { times, columns } = props.track.columns;
    const step = props.feed.view()?.windows.step ?? 1000;
    return [...columns.values()].map(({ labels, values }) => band(props.name(labels), times, values, step));
  });
  const rows = createMemo(() => all().filter(({ stretches }) => stretches.length > 0));
  const window = createMemo(() => {
    const view = props.feed.view();
    return view ? bounds(view.range, props.feed.edge() || app.host.clock()) : { from: 0, to: 1 };
  });
  const state = createMemo(() => props.track.state());
  const failure = (): string | undefined => {
    const now = state();
    return now.kind === "failed" ? now.message : undefined;
  };
  return (
    <section class="cc" id={`chart-${props.id}`} aria-label={props.title}>
      <div class="ch">
        <h3>{props.title}</h3>
        <span class="of">{props.of}</span>
        <span class="now padded">{all().length > 0 ? props.now(rows()) : ""}</span>
      </div>
      <Show
        when={rows().length > 0}
        fallback={
          <Show when={state().kind !== "loading"} fallback={<div class="plot skel-plot" role="img" aria-label="loading" />}>
            <Show
              when={!failure() && all().length > 0}
              fallback={
                <State
                  shape={failure() ? "high" : "unknown"}
                  title={failure() ?? "No data"}
                  detail={failure() ? undefined : props.absent}
                  action={failure() ? { label: "Retry", run: () => void props.feed.reload() } : undefined}
                />
              }
            >
              <State shape="ok" title={props.quiet.title} detail={props.quiet.detail} />
            </Show>
          </Show>
        }
      >
        <ul class="bands">
          <For each={rows()}>
            {row => (
              <li>
                <span>{row.name}</span>
                <span class="sec">{told(row)}</span>
                <svg viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="ground" x="0" y="0" width="1000" height="8" />
                  <For each={row.stretches}>
                    {({ from, to, share }) => {
                      const { from: first, to: last } = window();
                      const x = (t: number): number => Math.min(1000, Math.max(0, ((t - first) / (last - first)) * 1000));
                      return (
                        <rect x={x(from)} y="0" width={Math.max(2, x(to) - x(from))} height="8" opacity={0.35 + 0.65 * share} />
                      );
                    }}
                  </For>
                </svg>
              </li>
            )}
          </For>
        </ul>
      </Show>
      {props.after}
    </section>
  );
};
