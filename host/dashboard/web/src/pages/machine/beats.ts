/** The last half hour of alerts, a beat a minute. */
import { SEVERITIES, type Alert, type Severity } from "../../data/types";

export type Beat = "fine" | "unknown" | Severity;

const MINUTE = 60_000;

/** Before the host started nobody watched; alerts that ended before it did are not told by it. */
export function beats(alerts: readonly Alert[], startedMs: number, now: number, count = 30): Beat[] {
  return Array.from({ length: count }, (_, index) => {
    const from = now - (count - index) * MINUTE;
    const to = from + MINUTE;
    if (to <= startedMs) return "unknown";
    const worst = alerts
      .filter(
        alert =>
          (alert.state === "firing" || alert.state === "resolved") &&
          alert.since_ms < to &&
          (alert.resolved_ms ?? Infinity) > from,
      )
      .map(alert => SEVERITIES.indexOf(alert.severity))
      .sort((a, b) => a - b)[0];
    return worst === undefined ? "fine" : (SEVERITIES[worst] ?? "fine");
  });
}
