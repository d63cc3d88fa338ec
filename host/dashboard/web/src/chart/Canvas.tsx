import { createEffect, on, onCleanup, onMount, type Component } from "solid-js";
import { useApp } from "../app";
import { between, shift, span } from "../data/range";
import { PlotView, type Shown } from "./plot";

/** Holds a uPlot and gives it what is to be shown. Dragging over it chooses a range for the whole page. */
export const Canvas: Component<{
  shown: Shown;
  label: string;
  size: string;
  hover: (index: number | undefined) => void;
  ready: (view: PlotView) => void;
}> = props => {
  const app = useApp();
  let box: HTMLDivElement | undefined;
  let view: PlotView | undefined;

  const make = (): void => {
    view?.destroy();
    view = undefined;
    if (!box || box.clientWidth === 0) return;
    view = new PlotView(box, props.shown, {
      hover: props.hover,
      select: (from, to) => app.setRange(between(from, to)),
      reset: () => app.setRange({ kind: "last", span: app.range().kind === "last" ? span(app.range()) : 30 * 60_000 }),
      pan: share => app.setRange(shift(app.range(), share, app.host.now())),
    });
    props.ready(view);
  };

  onMount(() => {
    if (!box) return;
    const resized = new ResizeObserver(() => (view ? view.resize() : make()));
    resized.observe(box);
    onCleanup(() => {
      resized.disconnect();
      view?.destroy();
    });
    createEffect(() => {
      const shown = props.shown;
      if (view?.fits(shown)) view.show(shown);
      else make();
    });
    createEffect(on(app.paint, () => view?.redraw(), { defer: true }));
  });

  return <div class={`plot ${props.size}`} role="img" aria-label={props.label} ref={box} />;
};
