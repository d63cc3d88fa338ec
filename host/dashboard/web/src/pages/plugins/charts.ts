/** The charts of the plugins page: what plugins cost, from the host's own metrics. */
import { busiest, paint, sum } from "../../chart/pick";
import type { Line, Picked, Plot } from "../../chart/model";
import type { ChartSpec } from "../../chart/spec";
import type { Query } from "../../data/feed";
import { rate } from "../../data/step";
import { figure, type Figure, type Unit } from "../../format/units";

/** The host measures itself this often. */
export const OWN_INTERVAL_MS = 10_000;

const SHOWN = 7;
const ABSENT = "the host has measured no collection in this range";
const TOOK = "autobot_plugin_collect_duration_seconds";
const by = (text: string): string => `sum by (plugin) (${text})`;

export const QUERIES: readonly Query[] = [
  { id: "share", text: windows => by(rate(`${TOOK}_sum`, windows)) },
  { id: "took", text: windows => `${by(rate(`${TOOK}_sum`, windows))} / ${by(rate(`${TOOK}_count`, windows))}` },
  { id: "samples", text: windows => by(rate("autobot_plugin_samples_total", windows)) },
];

/** The plugins that cost most, by name: the same ones on every chart, so that a plugin has one colour. */
export function costliest(share: readonly Picked[]): string[] {
  return busiest(share.filter(collected), SHOWN)
    .map(({ labels }) => labels["plugin"] ?? "")
    .sort((a, b) => a.localeCompare(b));
}

/** One that was refused or switched off all the time has counters too, and they stand still. */
function collected({ values }: Picked): boolean {
  return values.some(value => (value ?? 0) > 0);
}

/** A line for each of `names`; where lines add up, one for all others too. */
export function perPlugin(picked: readonly Picked[], names: readonly string[], others: boolean): Line[] {
  const of = (name: string): readonly Picked[] => picked.filter(({ labels }) => labels["plugin"] === name);
  const rest = picked.filter(one => !names.includes(one.labels["plugin"] ?? "") && collected(one));
  const lines = names.filter(name => of(name).length > 0).map(name => ({ name, values: sum(of(name)) }));
  if (others && rest.length > 0) lines.push({ name: `${rest.length} more`, values: sum(rest) });
  return paint(lines);
}

function total(unit: Unit): (plot: Plot, index: number) => Figure {
  return (plot, index) => {
    const values = plot.lines.map(line => line.values[index] ?? null).filter(value => value !== null);
    return figure(values.length === 0 ? null : values.reduce((all, value) => all + value, 0), unit);
  };
}

/** The slowest, with its name. */
function slowest(plot: Plot, index: number): Figure {
  const top = plot.lines
    .map(line => ({ name: line.name, value: line.values[index] ?? null }))
    .sort((a, b) => (b.value ?? -1) - (a.value ?? -1))[0];
  const { value, unit } = figure(top?.value, "s");
  return { value, unit: top?.value && plot.lines.length > 1 ? `${unit} ${top.name}` : unit };
}

export const CHARTS: readonly ChartSpec[] = [
  {
    id: "plugin-took",
    title: "Collect, mean",
    unit: "s",
    min: 0,
    queries: ["took", "share"],
    lines: ([took = [], share = []]) => perPlugin(took, costliest(share), false),
    now: slowest,
    legend: ["mean", "max", "last"],
    rows: 2,
    absent: ABSENT,
  },
  {
    id: "plugin-share",
    title: "Time in collect",
    of: () => "share of all time, waiting included",
    unit: "%",
    kind: "stack",
    min: 0,
    close: true,
    queries: ["share"],
    lines: ([share = []]) => perPlugin(share, costliest(share), true),
    now: total("%"),
    legend: ["mean", "max", "last"],
    rows: 2,
    absent: ABSENT,
  },
  {
    id: "plugin-samples",
    title: "Samples",
    of: () => "handed over",
    unit: "/s",
    kind: "stack",
    min: 0,
    queries: ["samples", "share"],
    lines: ([samples = [], share = []]) => perPlugin(samples, costliest(share), true),
    now: total("/s"),
    legend: ["mean", "max", "last"],
    rows: 2,
    absent: ABSENT,
  },
];
