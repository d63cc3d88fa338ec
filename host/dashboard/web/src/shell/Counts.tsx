import { For, createMemo, type Component } from "solid-js";
import { useApp } from "../app";
import { SEVERITIES, type Severity } from "../data/types";
import { Shape } from "../parts/Icon";

/** How many alerts fire, by severity; severities without one are not there. */
export function useFiring(): () => { severity: Severity; count: number }[] {
  const { host } = useApp();
  return createMemo(() => {
    const firing = (host.alerts() ?? []).filter(alert => alert.state === "firing");
    return SEVERITIES.map(severity => ({ severity, count: firing.filter(alert => alert.severity === severity).length })).filter(
      ({ count }) => count > 0,
    );
  });
}

export const Counts: Component = () => {
  const firing = useFiring();
  return (
    <For each={firing()}>
      {({ severity, count }) => (
        <>
          <Shape name={severity} label={severity} />
          <span>{count}</span>
        </>
      )}
    </For>
  );
};
