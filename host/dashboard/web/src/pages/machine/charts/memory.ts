/** Memory by state and in use, swap, paging. */
import { byLabel } from "../../../chart/pick";
import type { Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import { figure, text } from "../../../format/units";
import { SOURCE, memoryOf, single, threshold, type Known } from "./words";

const STATES = ["used", "cached", "buffers"];

export function byState(status: Known): ChartSpec {
  const whole = (): number | undefined => memoryOf(status);
  return {
    id: "memory",
    title: "Memory",
    of: () => (whole() ? `of ${text(whole(), "B")}` : ""),
    unit: "B",
    kind: "stack",
    min: 0,
    max: whole,
    limits: () => threshold(status, "memory_percent", whole() ?? Infinity),
    queries: ["memory"],
    lines: ([states = []]) => byLabel(states, "state", { order: STATES, leave: ["free"] }),
    now: (plot, index) => {
      const used = plot.lines.find(line => line.name === "used")?.values[index] ?? null;
      const limit = whole();
      return figure(used !== null && limit ? used / limit : null, "%");
    },
    legend: ["min", "max", "last"],
    rows: 3,
    absent: SOURCE,
  };
}

export function memory(status: Known): ChartSpec[] {
  return [
    {
      id: "memory-share",
      title: "Memory in use",
      of: () => "without what can be reclaimed",
      unit: "%",
      min: 0,
      max: () => 1,
      limits: () => threshold(status, "memory_percent"),
      queries: ["memory-share"],
      lines: single("in use"),
      legend: ["min", "mean", "max", "last"],
      rows: 1,
      absent: SOURCE,
    },
    {
      id: "swap",
      title: "Swap",
      unit: "B",
      kind: "stack",
      min: 0,
      queries: ["swap"],
      lines: ([states = []]) => byLabel(there(states), "state", { order: ["used"], leave: ["free"] }),
      legend: ["max", "last"],
      rows: 1,
      absent: "no swap on this machine",
    },
    {
      id: "paging",
      title: "Paging",
      of: () => "pages in and out",
      unit: "/s",
      min: 0,
      queries: ["paging"],
      lines: ([pages = []]) => byLabel(pages, "direction", { order: ["in", "out"] }),
      legend: ["mean", "max", "last"],
      rows: 2,
      absent: SOURCE,
    },
  ];
}

/** A machine without swap may have states of zero bytes: that is no chart. */
function there(states: Picked[]): Picked[] {
  return states.some(({ values }) => values.some(value => (value ?? 0) > 0)) ? states : [];
}
