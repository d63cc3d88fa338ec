/** Charts of GPUs: of all where there are several, and of the one that is looked at. */
import { byLabel, inOrder, paint, sum } from "../../../chart/pick";
import type { Limit, Line, Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import { figure, text } from "../../../format/units";
import { total } from "../charts/words";
import type { Newest } from "../now";
import type { Device } from "./read";

const ABSENT = "the gpu plugin has not brought it in this range";
const NOT_TOLD = "this GPU does not tell";

/** A row or line for each device, called by its number. */
function perDevice(all: () => readonly Device[], picked: readonly Picked[]): Line[] {
  const number = ({ labels }: Picked): number => all().find(({ id }) => id === labels["id"])?.index ?? 99;
  const named = [...picked].sort((a, b) => number(a) - number(b));
  return paint(
    named.map(one => ({ name: number(one) === 99 ? (one.labels["id"] ?? "") : String(number(one)), values: one.values })),
  ).filter(line => line.values.some(value => value !== null));
}

export function ofAll(all: () => readonly Device[], powerLimit: () => number | undefined): ChartSpec[] {
  const heat = (id: string, title: string, of: string, query: string): ChartSpec => ({
    id,
    title,
    of: () => of,
    unit: "%",
    kind: "heat",
    queries: [query],
    lines: ([picked = []]) => perDevice(all, picked),
    now: (plot, index) => {
      const values = plot.lines.map(line => line.values[index] ?? null).filter(value => value !== null);
      return figure(values.length === 0 ? null : values.reduce((all, value) => all + value, 0) / values.length, "%");
    },
    absent: ABSENT,
  });
  return [
    heat("gpus-busy", "GPUs busy", "by number, and the mean", "gpus-busy"),
    heat("gpus-memory", "GPU memory in use", "by number, and the mean", "gpus-memory"),
    {
      id: "gpus-power",
      title: "Power of all GPUs",
      unit: "W",
      min: 0,
      limits: () => limit(powerLimit(), "W", "all may draw"),
      queries: ["gpus-power"],
      lines: ([picked = []]) => (picked.length === 0 ? [] : paint([{ name: "all", values: sum(picked) }])),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: ABSENT,
    },
  ];
}

export interface Limits {
  memory: () => number | undefined;
  heat: () => readonly Newest[];
  power: () => number | undefined;
}

const TASKS: Readonly<Record<string, string>> = { general: "busy", memory: "memory read or written" };
const ORDER = ["general", "memory", "encoder", "decoder"];

export function ofOne({ memory, heat, power }: Limits): ChartSpec[] {
  return [
    {
      id: "gpu-busy",
      title: "Busy",
      of: () => "by task",
      unit: "%",
      min: 0,
      max: () => 1,
      queries: ["gpu-busy"],
      lines: ([tasks = []]) => byLabel(tasks.filter(worked), "task", { order: ORDER, names: TASKS }),
      legend: ["mean", "max", "last"],
      rows: 2,
      absent: NOT_TOLD,
    },
    {
      id: "gpu-memory",
      title: "Memory",
      of: () => (memory() ? `of ${text(memory(), "B")}` : ""),
      unit: "B",
      kind: "stack",
      min: 0,
      max: memory,
      queries: ["gpu-memory", "gpu-memory-reserved"],
      lines: ([used = [], reserved = []]) => paint([...first("programs", used), ...first("driver", reserved)]),
      now: (plot, index) => {
        const used = plot.lines[0]?.values[index] ?? null;
        const limit = memory();
        return figure(used !== null && limit ? used / limit : null, "%");
      },
      legend: ["mean", "max", "last"],
      rows: 2,
      absent: NOT_TOLD,
    },
    {
      id: "gpu-heat",
      title: "Temperature",
      unit: "°C",
      near: true,
      limits: () => heatLimits(heat()),
      queries: ["gpu-heat", "gpu-heat-memory"],
      lines: ([core = [], hot = []]) => paint([...first("core", core), ...first("memory", hot)]),
      legend: ["mean", "max", "last"],
      rows: 2,
      absent: NOT_TOLD,
    },
    {
      id: "gpu-power",
      title: "Power",
      of: () => (power() ? `may draw ${text(power(), "W")}` : ""),
      unit: "W",
      min: 0,
      limits: () => limit(power(), "W", "limit"),
      queries: ["gpu-power"],
      lines: ([drawn = []]) => paint(first("drawn", drawn)),
      legend: ["min", "mean", "max", "last"],
      rows: 1,
      absent: NOT_TOLD,
    },
    {
      id: "gpu-clock",
      title: "Clocks",
      unit: "Hz",
      min: 0,
      queries: ["gpu-clock"],
      // The multiprocessors' clock is the graphics clock on all GPUs of today.
      lines: ([clocks = []]) => byLabel(clocks, "clock", { order: ["graphics", "memory", "video"], leave: ["sm"] }),
      legend: ["min", "max", "last"],
      rows: 3,
      absent: NOT_TOLD,
    },
    {
      id: "gpu-pcie",
      title: "PCIe",
      of: () => "20 ms before each sample",
      unit: "B/s",
      min: 0,
      queries: ["gpu-pcie"],
      lines: ([bytes = []]) =>
        byLabel(bytes, "direction", {
          order: ["receive", "transmit"],
          names: { receive: "to the GPU", transmit: "from the GPU" },
        }),
      now: total("B/s"),
      legend: ["mean", "max", "last"],
      rows: 2,
      absent: NOT_TOLD,
    },
    {
      id: "gpu-work",
      title: "Work per joule",
      of: () => "time at work",
      unit: "s/J",
      min: 0,
      queries: ["gpu-work"],
      lines: ([work = []]) => paint(first("busy", work)),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: "without its power there is no work per joule",
    },
  ];
}

/** Encoder and decoder only where they had something to do. */
function worked({ labels, values }: Picked): boolean {
  return ["general", "memory"].includes(labels["task"] ?? "") || values.some(value => (value ?? 0) > 0);
}

function first(name: string, picked: readonly Picked[]): { name: string; values: (number | null)[] }[] {
  return [...picked]
    .sort(inOrder([], labels => labels["name"] ?? ""))
    .slice(0, 1)
    .map(({ values }) => ({ name, values }));
}

function limit(value: number | undefined, unit: "W", word: string): Limit[] {
  return value === undefined ? [] : [{ value, label: `${word} ${text(value, unit)}` }];
}

/** Below this many degrees two labels would touch. */
const APART = 25;

/** Where it slows down and where it switches itself off: one line with both where they are near each other. */
export function heatLimits(limits: readonly Newest[]): Limit[] {
  // The memory is hotter, and has limits of its own that nobody tells.
  return coreLimits(limits).map(one => ({ ...one, of: "core" }));
}

function coreLimits(limits: readonly Newest[]): Limit[] {
  const at = (name: string): number | undefined => limits.find(({ labels }) => labels["limit"] === name)?.value;
  const [slow, off] = [at("slowdown"), at("shutdown")];
  if (slow === undefined) return off === undefined ? [] : [{ value: off, severity: "critical", label: `off at ${off} °C` }];
  if (off === undefined) return [{ value: slow, severity: "high", label: `slows down at ${slow} °C` }];
  if (Math.abs(off - slow) < APART)
    return [{ value: slow, severity: "high", label: `slows down at ${slow} °C, off at ${off} °C` }];
  return [
    { value: slow, severity: "high", label: `slows down at ${slow} °C` },
    { value: off, severity: "critical", label: `off at ${off} °C` },
  ];
}
