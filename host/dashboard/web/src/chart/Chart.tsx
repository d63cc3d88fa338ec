import { Show, createEffect, createMemo, createSignal, onCleanup, onMount, type Component } from "solid-js";
import { useApp } from "../app";
import type { Feed } from "../data/feed";
import { lateAfter } from "../data/health";
import { bounds } from "../data/range";
import { figure, text, type Figure } from "../format/units";
import { Shown as ShownFigure } from "../parts/Figure";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { State } from "../parts/State";
import { vars } from "../parts/style";
import { Canvas } from "./Canvas";
import { DataTable } from "./DataTable";
import { copy, picture, save } from "./export";
import { Legend } from "./Legend";
import { align, csv, summary, type Note, type Plot } from "./model";
import { Ramp } from "./Ramp";
import type { PlotView, Shown } from "./plot";
import type { ChartSpec } from "./spec";

const EMPTY: Plot = { times: [], lines: [] };

/** The one chart of the dashboard. It draws only while it is on the screen. */
export const Chart: Component<{ spec: ChartSpec; feed: Feed; notes: readonly Note[]; say: (text: string) => void }> = props => {
  const app = useApp();
  const spec = props.spec;
  const tracks = spec.queries.map(id => props.feed.track(id));
  const [visible, setVisible] = createSignal(false);
  const [at, setAt] = createSignal<number>();
  const [table, setTable] = createSignal(false);
  let card: HTMLElement | undefined;
  let view: PlotView | undefined;

  onMount(() => {
    const seen = new IntersectionObserver(entries => setVisible(entries.some(entry => entry.isIntersecting)), {
      rootMargin: "120px",
    });
    if (card) seen.observe(card);
    onCleanup(() => seen.disconnect());
  });

  const plot = createMemo<Plot>(before => {
    if (!visible()) return before;
    for (const track of tracks) track.version();
    const { times, columns } = align(tracks.map(track => track.columns));
    return { times, lines: spec.lines(columns) };
  }, EMPTY);

  const failure = createMemo(() => tracks.map(track => track.state()).find(state => state.kind === "failed"));
  const loading = createMemo(() => tracks.some(track => track.state().kind === "loading"));

  const shown = createMemo<Shown | undefined>(before => {
    if (!visible()) return before;
    const current = props.feed.view();
    if (!current) return undefined;
    const edge = props.feed.edge();
    const live = current.range.kind === "last";
    // While data comes the axis ends at the newest; when it stops, time goes on without it.
    const late = live && app.host.clock() - edge > lateAfter(Math.max(current.windows.interval, current.windows.step));
    const { from, to } = bounds(current.range, late || edge === 0 ? app.host.clock() : edge);
    const max = spec.max?.();
    return {
      plot: plot(),
      look: {
        unit: spec.unit,
        kind: spec.kind ?? "lines",
        limits: spec.limits?.() ?? [],
        ...(spec.min === undefined ? {} : { min: spec.min }),
        ...(max === undefined ? {} : { max }),
        ...(spec.close ? { close: true } : {}),
        ...(spec.near ? { near: true } : {}),
      },
      from,
      to,
      step: current.windows.step,
      staleFrom: late && edge > 0 ? edge : undefined,
      notes: props.notes,
    };
  });

  const now = createMemo<Figure | string>(() => {
    const data = plot();
    const index = at() ?? data.times.length - 1;
    if (index < 0 || data.lines.length === 0) return figure(null, spec.unit);
    if (spec.now) return spec.now(data, index);
    const values = (spec.kind === "stack" ? data.lines : data.lines.slice(0, 1)).map(line => line.values[index] ?? null);
    return figure(
      values.every(value => value === null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
      spec.unit,
    );
  });

  const label = createMemo(() => describe(spec, plot()));
  createEffect(() => {
    if (at() !== undefined && (at() ?? 0) >= plot().times.length) setAt(undefined);
  });

  const name = `${spec.id}-${spec.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
  const menu = [
    {
      label: "Copy as PromQL",
      run: () =>
        void copy(tracks.map(track => track.text).join("\n")).then(done =>
          props.say(done ? "Copied as PromQL" : "The browser keeps the clipboard closed"),
        ),
    },
    { label: "Save as CSV", run: () => save(`${name}.csv`, new Blob([csv(plot())], { type: "text/csv" })) },
    {
      label: "Save as PNG",
      run: () => view && void picture(view.canvas, spec.title, plot().lines).then(blob => blob && save(`${name}.png`, blob)),
    },
    { label: "Data table", run: () => setTable(true) },
  ];

  return (
    <section class="cc" id={`chart-${spec.id}`} ref={card} aria-label={spec.title}>
      <div class="ch">
        <h3>{spec.title}</h3>
        <span class="of">{spec.of?.()}</span>
        <span class="now">{typeof now() === "string" ? (now() as string) : <ShownFigure of={now() as Figure} />}</span>
        <Menu label={`${spec.title}: menu`} class="menu" items={menu}>
          <Icon name="more" />
        </Menu>
      </div>
      <Show
        when={!failure()}
        fallback={
          <Failed
            message={(failure() as { message: string }).message}
            help={(failure() as { help?: string }).help}
            retry={() => void props.feed.reload()}
            size={spec.size}
          />
        }
      >
        <Show when={plot().lines.length > 0 && shown()} fallback={<Nothing loading={loading() || !visible()} spec={spec} />}>
          {current => (
            <Canvas shown={current()} label={label()} size={spec.size ?? ""} hover={setAt} ready={made => (view = made)} />
          )}
        </Show>
      </Show>
      <Show when={spec.kind === "heat" && plot().lines.length > 0}>
        <Ramp />
      </Show>
      <Show when={spec.legend && plot().lines.length > 0}>
        <Legend plot={plot()} unit={spec.unit} columns={spec.legend ?? []} at={at()} />
      </Show>
      <Show when={table()}>
        <DataTable title={spec.title} unit={spec.unit} plot={plot()} close={() => setTable(false)} />
      </Show>
    </section>
  );
};

const Failed: Component<{ message: string; help?: string | undefined; retry: () => void; size: string | undefined }> = props => (
  <State
    class={props.size ?? ""}
    shape="high"
    title={props.message}
    detail={props.help}
    action={{ label: "Retry", run: props.retry }}
  />
);

const Nothing: Component<{ loading: boolean; spec: ChartSpec }> = props => (
  <Show when={props.loading} fallback={<State class={props.spec.size ?? ""} title="No data" detail={props.spec.absent} />}>
    <div class={`plot skel-plot ${props.spec.size ?? ""}`} role="img" aria-label="loading" />
    <div class="skel-lg" ref={vars(() => ({ "--rows": props.spec.rows ?? 0 }))} />
  </Show>
);

/** The chart in a sentence, for those who do not see it. */
function describe(spec: ChartSpec, plot: Plot): string {
  const parts = plot.lines.slice(0, 6).map(line => {
    const { min, max, last } = summary(line.values);
    return `${line.name} ${text(last, spec.unit)}, between ${text(min, spec.unit)} and ${text(max, spec.unit)}`;
  });
  return `${spec.title}: ${parts.join("; ")}`;
}
