import { createMemo, type Component } from "solid-js";
import { useApp } from "../app";
import { exact } from "../format/time";
import { age } from "../format/units";

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
  const hover = (): string | undefined => {
    const heard = app.host.heard();
    return heard === undefined ? undefined : `newest data from ${exact(heard)}`;
  };
  return (
    <span class="live" data-state={app.liveness()} title={hover()}>
      {words()}
    </span>
  );
};
