/** Neural processors: how busy, how fast, what they hold. */
import { byLabel, paint } from "../../../chart/pick";
import type { Line, Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import type { Query } from "../../../data/feed";
import { text } from "../../../format/units";
import { g, n } from "../ask";

export const QUERIES: readonly Query[] = [
  n("npus", "hw_npu_info"),
  g("npu-busy", "hw_npu_utilization_ratio"),
  g("npu-clock", "hw_npu_frequency_hertz"),
  n("npu-clock-limit", "hw_npu_frequency_limit_hertz"),
  g("npu-memory", "hw_npu_memory_usage_bytes"),
  g("npu-state", "hw_npu_power_state"),
];

const ABSENT = "the npu plugin has not brought it in this range";

/** One is called by what is drawn; several by their place on the bus. */
function lines(name: string, picked: readonly Picked[]): Line[] {
  return picked.length > 1 ? byLabel(picked, "id") : paint(picked.map(({ values }) => ({ name, values })));
}

export function charts(mostClock: () => number | undefined): ChartSpec[] {
  return [
    {
      id: "npu-busy",
      title: "NPU busy",
      of: () => "time at work",
      unit: "%",
      min: 0,
      max: () => 1,
      queries: ["npu-busy"],
      lines: ([picked = []]) => lines("busy", picked),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: ABSENT,
    },
    {
      id: "npu-clock",
      title: "Frequency",
      of: () => "0 at rest",
      unit: "Hz",
      min: 0,
      limits: () => {
        const most = mostClock();
        return most === undefined ? [] : [{ value: most, label: `at most ${text(most, "Hz")}` }];
      },
      queries: ["npu-clock"],
      lines: ([picked = []]) => lines("frequency", picked),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: "this driver does not tell",
    },
    {
      id: "npu-memory",
      title: "Memory",
      of: () => "of the machine, in use by the NPU",
      unit: "B",
      min: 0,
      queries: ["npu-memory"],
      lines: ([picked = []]) => lines("in use", picked),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: "this driver does not tell",
    },
  ];
}
