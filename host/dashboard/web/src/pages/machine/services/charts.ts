/** Services and containers: what is asked of them, and the busiest as lines. */
import { busiest, paint } from "../../../chart/pick";
import type { Line, Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import type { Query } from "../../../data/feed";
import { selector } from "../../../data/step";
import { g, n, r } from "../ask";
import { total } from "../charts/words";

/** What restarted within an hour: more than the host's live values hold. */
function lately(id: string, metric: string): Query {
  return { id, text: ({ machine }) => `increase(${selector(metric, machine)}[1h]) > 0`, newest: true, past: true };
}

export const SERVICES: readonly Query[] = [
  n("service-up", "service_up"),
  n("service-state", "service_state"),
  n("service-failed", "service_failed"),
  n("service-system", "service_system_state"),
  g("service-memory", "service_memory_usage_bytes"),
  r("service-cpu", "service_cpu_time_seconds_total"),
];
export const SERVICES_LATELY = lately("service-restarts", "service_restarts_total");

export const CONTAINERS: readonly Query[] = [
  n("container-up", "container_up"),
  n("container-state", "container_state"),
  n("container-health", "container_health"),
  n("container-info", "container_info"),
  n("container-engine", "container_engine_info"),
  g("container-memory", "container_memory_usage_bytes"),
  r("container-cpu", "container_cpu_time_seconds_total"),
];
export const CONTAINERS_LATELY = lately("container-restarts", "container_restarts_total");

const LINES = 6;

/** The busiest, by a label that names them. */
function top(picked: readonly Picked[], label: string): Line[] {
  const name = (labels: Picked["labels"]): string => (labels[label] ?? "").replace(/\.service$/, "");
  return paint(busiest(picked, LINES).map(({ labels, values }) => ({ name: name(labels), values })));
}

/** The same two charts of services and of containers. */
export function charts(kind: "service" | "container", absent: string): ChartSpec[] {
  return [
    {
      id: `${kind}-cpu`,
      title: `CPU by ${kind}`,
      of: () => "100 % is one",
      unit: "%",
      min: 0,
      queries: [`${kind}-cpu`],
      lines: ([picked = []]) => top(picked, kind),
      now: total("%"),
      legend: ["mean", "max", "last"],
      rows: LINES,
      absent,
    },
    {
      id: `${kind}-memory`,
      title: `Memory by ${kind}`,
      unit: "B",
      min: 0,
      queries: [`${kind}-memory`],
      lines: ([picked = []]) => top(picked, kind),
      now: total("B"),
      legend: ["mean", "max", "last"],
      rows: LINES,
      absent,
    },
  ];
}
