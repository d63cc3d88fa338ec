import { createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { busiest, paint } from "../../../chart/pick";
import type { Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import { useFeed } from "../../../chart/useFeed";
import type { Query } from "../../../data/feed";
import { Charts } from "../Charts";
import { g, n, r } from "../ask";
import { total } from "../charts/words";
import { newest } from "../now";
import { Section } from "../Section";
import { lately, useLately } from "./lately";
import { sentence, units } from "./read";
import { Rows } from "./Rows";

export const QUERIES: readonly Query[] = [
  n("service-up", "service_up"),
  n("service-state", "service_state"),
  n("service-failed", "service_failed"),
  n("service-system", "service_system_state"),
  g("service-memory", "service_memory_usage_bytes"),
  r("service-cpu", "service_cpu_time_seconds_total"),
];
export const LATELY = lately("service-restarts", "service_restarts_total");

const LINES = 6;
const ABSENT = "no service has told it in this range";

/** The busiest, by a label that names them. */
export function top(picked: readonly Picked[], label: string) {
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

/** Units of systemd: those that failed, those that were restarted lately, and what each uses. */
const Services: Component = () => {
  const { host } = useApp();
  const feed = useFeed(QUERIES, () => (host.asked() ? host.interval("services") : undefined));
  const restarts = useLately(LATELY);
  const rows = createMemo(() =>
    units({
      up: newest(feed.track("service-up")),
      state: newest(feed.track("service-state")),
      failed: newest(feed.track("service-failed")),
      restarts: newest(restarts.track("service-restarts")),
      cpu: newest(feed.track("service-cpu")),
      memory: newest(feed.track("service-memory")),
    }),
  );
  const system = createMemo(() => {
    const state = newest(feed.track("service-system")).find(({ value }) => value > 0)?.labels["state"];
    return state === undefined || state === "running" ? "" : `; systemd says ${state}`;
  });
  return (
    <Section id="services" icon="services" title="Services" say={sentence(rows(), "service", "services", "failed") + system()}>
      <div class="panels c3 lead-2">
        <Rows label="Services" kind="Service" rows={rows()} track={feed.track("service-up")} detail="systemd has told of no service yet" />
        <Charts of={charts("service", ABSENT)} feed={feed} />
      </div>
    </Section>
  );
};

export default Services;
