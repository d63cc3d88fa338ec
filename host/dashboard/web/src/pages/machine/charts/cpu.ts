/** Processors: busy, by mode, by core; load and pressure. */
import { byLabel, paint } from "../../../chart/pick";
import type { Line, Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import { SOURCE, highest, processors, single, threshold, type Known } from "./words";

const MODES = ["user", "nice", "system", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"];
const RESOURCES = ["cpu", "memory", "io"];

export function busy(status: Known): ChartSpec {
  return {
    id: "cpu",
    title: "CPU",
    of: () => (processors(status) === 1 ? "1 processor" : `${processors(status)} processors`),
    unit: "%",
    min: 0,
    max: () => 1,
    limits: () => threshold(status, "cpu_percent"),
    queries: ["cpu"],
    lines: single("total"),
    legend: ["min", "mean", "max", "last"],
    rows: 1,
    absent: SOURCE,
  };
}

export function cpu(status: Known): ChartSpec[] {
  return [byMode(status), byCore(), load(status), pressure()];
}

function byMode(status: Known): ChartSpec {
  const share = ({ labels, values }: Picked): Picked => ({
    labels,
    values: values.map(value => (value === null ? null : value / processors(status))),
  });
  return {
    id: "cpu-mode",
    title: "CPU by mode",
    of: () => "of all processors",
    unit: "%",
    kind: "stack",
    min: 0,
    max: () => 1,
    queries: ["cpu-mode"],
    lines: ([times = []]) => byLabel(times.map(share), "mode", { order: MODES, leave: ["idle"] }),
    legend: ["mean", "max", "last"],
    rows: 7,
    absent: SOURCE,
  };
}

function byCore(): ChartSpec {
  return {
    id: "cpu-core",
    title: "CPU by core",
    of: () => "busy",
    unit: "%",
    kind: "heat",
    queries: ["cpu-core"],
    lines: ([cores = []]) => byLabel(cores, "core"),
    now: (plot, index) => highest(plot, index, "core"),
    absent: SOURCE,
  };
}

function load(status: Known): ChartSpec {
  const spans = ["1 min", "5 min", "15 min"];
  const line = (track: Picked[], index: number): { name: string; values: (number | null)[] }[] =>
    track.slice(0, 1).map(({ values }) => ({ name: spans[index] ?? "", values }));
  return {
    id: "load",
    title: "Load",
    of: () => "runnable and waiting",
    unit: "1",
    min: 0,
    queries: ["load-1", "load-5", "load-15"],
    lines: picked => paint(picked.flatMap(line)),
    limits: () => [{ value: processors(status), label: `${processors(status)} processors` }],
    legend: ["mean", "max", "last"],
    rows: 3,
    absent: SOURCE,
  };
}

function pressure(): ChartSpec {
  const order = ["some", "full"].flatMap(scope => RESOURCES.map(resource => `${resource} ${scope}`));
  const named = ({ labels, values }: Picked): Picked => ({
    labels: { stall: `${labels["resource"] ?? ""} ${labels["scope"] ?? ""}` },
    values,
  });
  /** A resource keeps its colour; where all tasks stall the line is dashed. */
  const dressed = (line: Line): Line => {
    const [resource = "", scope] = line.name.split(" ");
    return { ...line, ink: `series-${Math.max(0, RESOURCES.indexOf(resource)) + 1}`, dash: scope === "full" };
  };
  return {
    id: "pressure",
    title: "Pressure",
    of: () => "tasks stalled, 10 s",
    unit: "%",
    min: 0,
    close: true,
    queries: ["pressure"],
    lines: ([stalls = []]) => byLabel(stalls.map(named), "stall", { order }).map(dressed),
    now: (plot, index) => highest(plot, index),
    legend: ["mean", "max", "last"],
    rows: 6,
    absent: "this kernel measures no pressure (PSI)",
  };
}
