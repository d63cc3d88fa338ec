/** Heat, power and fans of the machine, without its GPUs, which have a section of their own. */
import { busiest, inOrder, paint } from "../../../chart/pick";
import type { Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import type { Query } from "../../../data/feed";
import { figure } from "../../../format/units";
import { g, n, r } from "../ask";
import { called } from "./read";

const OURS = `plugin!="gpu"`;

export const QUERIES: readonly Query[] = [
  g("heat", `hw_temperature_celsius{${OURS}}`),
  n("heat-limit", "hw_temperature_limit_celsius"),
  g("fans", `hw_fan_speed_rpm{${OURS}}`),
  g("watts", `hw_power_watts{${OURS},name!="Battery"}`),
  g("cpu-watts", "system_cpu_power_watts"),
  g("cpu-work", "system_cpu_busy_seconds_per_joule"),
  r("cpu-throttles", "system_cpu_thermal_throttles_total"),
  n("alarms", "hw_alarm"),
];

const SHOWN = 6;

/** The `SHOWN` highest, by name; where there are more, the rest is told beside the title. */
function highest(picked: readonly Picked[]) {
  const chosen = busiest(picked, SHOWN).sort(inOrder([], called));
  return paint(chosen.map(({ labels, values }) => ({ name: called(labels), values })));
}

export interface Has {
  heat: boolean;
  fans: boolean;
  power: boolean;
  work: boolean;
  throttles: boolean;
}

export function charts(has: Has, sensors: () => number): ChartSpec[] {
  const specs: (ChartSpec | false)[] = [
    has.heat && {
      id: "heat",
      title: "Temperature",
      of: () => (sensors() > SHOWN ? `the ${SHOWN} hottest of ${sensors()}` : ""),
      unit: "°C",
      near: true,
      queries: ["heat"],
      lines: ([picked = []]) => highest(picked),
      now: (plot, index) => figure(most(plot.lines.map(line => line.values[index] ?? null)), "°C"),
      legend: ["mean", "max", "last"],
      rows: 5,
      absent: "no sensor has told its temperature in this range",
    },
    has.power && {
      id: "watts",
      title: "Power",
      of: () => "parts may be parts of others",
      unit: "W",
      min: 0,
      queries: ["watts", "cpu-watts"],
      lines: ([parts = [], cpu = []]) =>
        parts.length > 0 ? highest(parts) : paint(cpu.slice(0, 1).map(({ values }) => ({ name: "processors", values }))),
      now: (plot, index) => figure(most(plot.lines.map(line => line.values[index] ?? null)), "W"),
      legend: ["mean", "max", "last"],
      rows: 3,
      absent: "no part has told its power in this range",
    },
    has.work && {
      id: "cpu-work",
      title: "CPU work per joule",
      of: () => "time at work",
      unit: "s/J",
      min: 0,
      queries: ["cpu-work"],
      lines: ([work = []]) => paint(work.slice(0, 1).map(({ values }) => ({ name: "busy", values }))),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: "without their energy there is no work per joule",
    },
    has.throttles && {
      id: "cpu-throttles",
      title: "CPU held back by heat",
      of: () => "how often",
      unit: "/s",
      min: 0,
      queries: ["cpu-throttles"],
      lines: ([times = []]) => paint(times.slice(0, 1).map(({ values }) => ({ name: "times", values }))),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: "the processors have not counted it in this range",
    },
    has.fans && {
      id: "fans",
      title: "Fans",
      unit: "rpm",
      min: 0,
      queries: ["fans"],
      lines: ([picked = []]) => highest(picked),
      now: (plot, index) => figure(most(plot.lines.map(line => line.values[index] ?? null)), "rpm"),
      legend: ["min", "max", "last"],
      rows: 2,
      absent: "no fan has told its speed in this range",
    },
  ];
  return specs.filter(spec => spec !== false);
}

function most(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
