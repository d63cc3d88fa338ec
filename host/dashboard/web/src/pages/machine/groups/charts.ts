/** Control groups: the busiest as lines. */
import { busiest, paint } from "../../../chart/pick";
import type { Line, Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import type { Query } from "../../../data/feed";
import { g, n } from "../ask";
import { total } from "../charts/words";
import { called, leaves } from "./read";

export const QUERIES: readonly Query[] = [
  g("group-cpu", "cgroup_cpu_utilization_ratio"),
  g("group-memory", "cgroup_memory_usage_bytes"),
  n("group-limit", "cgroup_memory_limit_bytes"),
  n("group-processes", "cgroup_process_count"),
  n("group-kills", "cgroup_memory_oom_kills_total"),
];

const LINES = 6;
export const ABSENT = "no control group has been measured in this range";

function top(picked: readonly Picked[]): Line[] {
  return paint(busiest(leaves(picked), LINES).map(({ labels, values }) => ({ name: called(labels["cgroup"] ?? ""), values })));
}

export const CHARTS: readonly ChartSpec[] = [
  {
    id: "group-cpu",
    title: "CPU by group",
    of: () => "100 % is one",
    unit: "%",
    min: 0,
    queries: ["group-cpu"],
    lines: ([picked = []]) => top(picked),
    now: total("%"),
    legend: ["mean", "max", "last"],
    rows: LINES,
    absent: ABSENT,
  },
  {
    id: "group-memory",
    title: "Memory by group",
    unit: "B",
    min: 0,
    queries: ["group-memory"],
    lines: ([picked = []]) => top(picked),
    now: total("B"),
    legend: ["mean", "max", "last"],
    rows: LINES,
    absent: ABSENT,
  },
];
