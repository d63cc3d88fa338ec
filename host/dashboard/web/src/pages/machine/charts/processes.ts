/** Processes: the busiest by name and user, and how many there are. */
import { busiest, byLabel, paint } from "../../../chart/pick";
import type { Line, Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import { SOURCE, total } from "./words";

const SHOWN = 7;
const STATES = ["running", "sleeping", "idle", "blocked", "stopped", "zombie"];

export function processes(): ChartSpec[] {
  return [
    {
      id: "process-cpu",
      title: "CPU by process",
      of: () => "100 % is one",
      unit: "%",
      min: 0,
      queries: ["process-cpu"],
      lines: ([groups = []]) => top(groups),
      now: total("%"),
      legend: ["mean", "max", "last"],
      rows: SHOWN,
      absent: SOURCE,
    },
    {
      id: "process-memory",
      title: "Memory by process",
      of: () => "resident",
      unit: "B",
      min: 0,
      queries: ["process-memory"],
      lines: ([groups = []]) => top(groups),
      now: total("B"),
      legend: ["mean", "max", "last"],
      rows: SHOWN,
      absent: SOURCE,
    },
    {
      id: "processes",
      title: "Processes",
      of: () => "by state",
      unit: "count",
      min: 0,
      queries: ["processes"],
      lines: ([states = []]) => byLabel(states, "state", { order: STATES }),
      now: total("count"),
      legend: ["min", "max", "last"],
      rows: STATES.length,
      absent: SOURCE,
    },
  ];
}

/** The busiest, told apart by user only where two have one name. */
function top(groups: Picked[]): Line[] {
  const chosen = busiest(groups, SHOWN);
  const name = (labels: Picked["labels"]): string => labels["process"] ?? "";
  const twice = (labels: Picked["labels"]): boolean => chosen.filter(other => name(other.labels) === name(labels)).length > 1;
  return paint(
    chosen.map(({ labels, values }) => ({
      name: twice(labels) ? `${name(labels)}, ${labels["user"] ?? ""}` : name(labels),
      values,
    })),
  );
}
