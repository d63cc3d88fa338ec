import { createEffect, createMemo, createSignal, onCleanup, type Component } from "solid-js";
import { useApp } from "../app";
import { exact } from "../format/time";
import { age } from "../format/units";

const PULSE_MS = 400;

/** Whether the page is live, and how old its newest figure is. */
export const LivePill: Component = () => {
  const app = useApp();
  const words = createMemo(() => {
    const old = app.age();
    const state = app.liveness();
    if (state === "paused") return "paused";
    if (state === "connecting") return "connecting";
    return old === undefined ? state : `${state}, ${age(old)}`;
  });
  const [beat, setBeat] = createSignal(0);
  createEffect(() => {
    if (app.host.heard() === undefined) return;
    setBeat(1);
    const over = setTimeout(() => setBeat(0), PULSE_MS);
    onCleanup(() => clearTimeout(over));
  });
  const hover = (): string | undefined => {
    const heard = app.host.heard();
    return heard === undefined ? undefined : `newest data from ${exact(heard)}`;
  };
  return (
    <span class="live" data-state={app.liveness()} data-beat={beat()} title={hover()}>
      {words()}
    </span>
  );
};
