import { Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../app";
import { Shape } from "../../parts/Icon";
import { SEVERITIES, type Alert } from "../../data/types";
import { duration } from "../../format/units";
import { Problems } from "./Problems";

/** The sentence first: fine, or what is the matter and since when. */
export const Headline: Component = () => {
  const app = useApp();
  const { host } = app;
  const firing = createMemo(() => worstFirst((host.alerts() ?? []).filter(alert => alert.state === "firing")));
  const calm = (): "ok" | "high" | "unknown" => {
    const status = host.status();
    return status ? (status.problems.length > 0 ? "high" : "ok") : "unknown";
  };
  const sentence = createMemo(() => {
    if (!host.status()) return app.liveness() === "lost" ? "The host does not answer" : "Asking the host";
    const [worst, ...more] = firing();
    if (!worst)
      return app.liveness() === "lost" ? "Nothing was wrong when it was last heard" : quiet(host.status()?.problems.length ?? 0);
    const what = worst.summary.replace(`${host.status()?.machine.name ?? ""}: `, "");
    const others = more.length === 0 ? "" : `, and ${more.length} more ${more.length === 1 ? "alert" : "alerts"}`;
    return `${what}; firing for ${duration(host.clock() - worst.since_ms)}${others}`;
  });
  return (
    <>
      <div class="head">
        <h1>
          <Show when={firing()[0]} fallback={<Shape name={calm()} label={calm()} />}>
            {worst => <Shape name={worst().severity} label={worst().severity} />}
          </Show>
          {host.status()?.machine.name ?? "This machine"}
        </h1>
        <p>
          <Show when={firing().length > 0} fallback={sentence()}>
            <a href={app.href("alerts")} data-page="alerts">
              {sentence()}
            </a>
          </Show>
        </p>
      </div>
      <Problems />
    </>
  );
};

/** No alert is not the same as all well: the host itself may have problems. */
function quiet(problems: number): string {
  if (problems === 0) return "Everything is fine";
  return `No alert fires, but the host has ${problems === 1 ? "a problem" : `${problems} problems`}`;
}

export function worstFirst(alerts: readonly Alert[]): Alert[] {
  return [...alerts].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.since_ms - b.since_ms);
}
