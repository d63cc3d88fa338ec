/** What the kernel has to do: turns, interrupts, new processes. */
import { busiest, byLabel, paint } from "../../../chart/pick";
import type { Line, Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import type { Query } from "../../../data/feed";
import { n, r } from "../ask";
import { total } from "../charts/words";

export const QUERIES: readonly Query[] = [
  n("limit-usage", "system_limit_usage"),
  n("limit-maximum", "system_limit_maximum"),
  n("limit-share", "system_limit_utilization_ratio"),
  r("switches", "system_cpu_context_switches_total"),
  r("forks", "system_process_created_total"),
  r("interrupts", "system_interrupts_total"),
];

/** Asked for only once they are unfolded. */
export const FOLDED: readonly Query[] = [
  r("softirqs", "system_softirqs_total"),
  r("interrupt-lines", "system_interrupt_line_total"),
  r("scheduled", "system_cpu_scheduled_seconds_total"),
];

const ABSENT = "the kernel has not told it in this range";

/** A spec, if the metric that it draws is there. */
export function where(names: ReadonlySet<string>, ...specs: readonly [metric: string, spec: ChartSpec][]): ChartSpec[] {
  return specs.filter(([metric]) => names.has(metric)).map(([, spec]) => spec);
}

/** One line of one counter. */
export function one(id: string, title: string, of: string, query: string, name: string, absent = ABSENT): ChartSpec {
  return {
    id,
    title,
    of: () => of,
    unit: "/s",
    min: 0,
    queries: [query],
    lines: ([picked = []]) => paint(picked.slice(0, 1).map(({ values }) => ({ name, values }))),
    legend: ["mean", "max", "last"],
    rows: 1,
    absent,
  };
}

/** A line for each value of a label, those alone that ever counted something. */
export function counted(picked: readonly Picked[], label: string, most = 6): Line[] {
  const active = picked.filter(({ values }) => values.some(value => (value ?? 0) > 0));
  const words = (active.length > 0 ? busiest(active, most) : picked.slice(0, 1)).map(({ labels, values }) => ({
    labels: { [label]: (labels[label] ?? "").replaceAll("_", " ").toLowerCase() },
    values,
  }));
  return byLabel(words, label);
}

export function charts(names: ReadonlySet<string>): ChartSpec[] {
  return where(
    names,
    ["system_cpu_context_switches_total", one("switches", "Context switches", "of all processors", "switches", "switches")],
    ["system_process_created_total", one("forks", "New processes", "and threads", "forks", "begun")],
    ["system_interrupts_total", one("interrupts", "Interrupts", "of all lines", "interrupts", "interrupts")],
  );
}

export function folded(names: ReadonlySet<string>): ChartSpec[] {
  return where(
    names,
    [
      "system_softirqs_total",
      {
        id: "softirqs",
        title: "Deferred interrupts",
        of: () => "the most frequent kinds",
        unit: "/s",
        min: 0,
        queries: ["softirqs"],
        lines: ([picked = []]) => counted(picked, "kind"),
        now: total("/s"),
        legend: ["mean", "max", "last"],
        rows: 6,
        absent: ABSENT,
      },
    ],
    [
      "system_interrupt_line_total",
      {
        id: "interrupt-lines",
        title: "Interrupts by line",
        of: () => "the busiest",
        unit: "/s",
        min: 0,
        queries: ["interrupt-lines"],
        lines: ([picked = []]) =>
          paint(
            busiest(picked, 6).map(({ labels, values }) => ({
              name: [labels["line"], labels["device"]].filter(Boolean).join(" "),
              values,
            })),
          ),
        now: total("/s"),
        legend: ["mean", "max", "last"],
        rows: 6,
        absent: ABSENT,
      },
    ],
    [
      "system_cpu_scheduled_seconds_total",
      {
        id: "scheduled",
        title: "Tasks on processors and in line",
        of: () => "100 % is one task",
        unit: "%",
        min: 0,
        queries: ["scheduled"],
        lines: ([picked = []]) => byLabel(picked, "state"),
        now: total("%"),
        legend: ["mean", "max", "last"],
        rows: 2,
        absent: ABSENT,
      },
    ],
  );
}
