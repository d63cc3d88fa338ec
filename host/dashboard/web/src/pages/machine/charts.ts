/** The charts of the machine page, by section. */
import type { Status } from "../../data/types";
import { busiest, byDevice, byLabel, paint, sum } from "../../chart/pick";
import type { Limit, Line, Picked } from "../../chart/model";
import type { ChartSpec } from "../../chart/spec";
import { figure, text } from "../../format/units";

const MODES = ["user", "nice", "system", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"];
const MEMORY = ["used", "shared", "slab_unreclaimable", "kernel", "cached", "buffers", "buffered", "slab_reclaimable", "reclaimable", "free"];
const SOURCE = "the system plugin has not brought it in this range";

const shares = (values: (number | null)[], of: number): (number | null)[] => values.map(value => (value === null ? null : value / of));

export interface Sections {
  lead: ChartSpec[];
  cpu: ChartSpec[];
  memory: ChartSpec[];
  disk: ChartSpec[];
  network: ChartSpec[];
  processes: ChartSpec[];
}

export function charts(status: () => Status | undefined): Sections {
  const processors = (): number => status()?.machine.processors ?? 1;
  const total = (): number | undefined => status()?.machine.memory_bytes || undefined;
  const threshold = (name: string, severity: Limit["severity"], scale = 1, suffix = ""): Limit[] => {
    const value = status()?.thresholds?.[name];
    return value === undefined ? [] : [{ value: (value / 100) * scale, severity, label: `${value}${suffix}` }];
  };
  const one = (name: string) => (picked: Picked[][]): Line[] => paint((picked[0] ?? []).slice(0, 1).map(({ values }) => ({ name, values })));

  const cpu: ChartSpec = {
    id: "cpu", title: "CPU", of: () => `${processors()} ${processors() === 1 ? "processor" : "processors"}`, unit: "%", min: 0, max: () => 1,
    limits: () => threshold("cpu_percent", "high", 1, " %"), queries: ["cpu"], lines: one("total"), legend: ["min", "mean", "max", "last"], absent: SOURCE,
  };
  const memory: ChartSpec = {
    id: "memory", title: "Memory", of: () => (total() ? `of ${text(total(), "B")}` : ""), unit: "B", kind: "stack", min: 0, max: total,
    limits: () => (total() ? threshold("memory_percent", "high", total(), " %") : []), queries: ["memory", "memory-share"],
    lines: ([states = []]) => byLabel(states, "state", { order: MEMORY, leave: ["free"], names: { slab_reclaimable: "slab" } }),
    now: (plot, index) => {
      const limit = total();
      const used = plot.lines.find(line => line.name === "used")?.values[index] ?? null;
      return figure(used !== null && limit ? used / limit : null, "%");
    },
    legend: ["min", "max", "last"], absent: SOURCE,
  };
  const disk: ChartSpec = {
    id: "disk", title: "Disk", unit: "B/s", min: 0, queries: ["disk-bytes"], lines: ([bytes = []]) => byDevice(bytes, "device", 4), legend: ["mean", "max", "last"],
    now: (plot, index) => figure(plot.lines.reduce((all, line) => all + (line.values[index] ?? 0), 0), "B/s"), absent: "no disk has done anything in this range",
  };
  const network: ChartSpec = {
    id: "network", title: "Network", unit: "B/s", min: 0, queries: ["net-bytes"], lines: ([bytes = []]) => byDevice(bytes, "interface", 4), legend: ["mean", "max", "last"],
    now: (plot, index) => figure(plot.lines.reduce((all, line) => all + (line.values[index] ?? 0), 0), "B/s"), absent: "no network interface in this range",
  };

  return {
    lead: [cpu, memory, disk, network],
    cpu: [
      { id: "cpu-mode", title: "CPU by mode", of: () => "of all processors", unit: "%", kind: "stack", min: 0, max: () => 1, queries: ["cpu-mode"], lines: ([times = []]) => byLabel(times.map(({ labels, values }) => ({ labels, values: shares(values, processors()) })), "mode", { order: MODES, leave: ["idle"] }), legend: ["mean", "max", "last"], absent: SOURCE },
      { id: "cpu-core", title: "CPU by core", of: () => "busy", unit: "%", kind: "heat", queries: ["cpu-core"], lines: ([cores = []]) => byLabel(cores, "core").map(line => ({ ...line, ink: "series-ink" })), now: (plot, index) => busiestCore(plot.lines, index), absent: SOURCE },
      { id: "load", title: "Load", of: () => "runnable and waiting", unit: "1", min: 0, queries: ["load-1", "load-5", "load-15"], lines: picked => paint(picked.flatMap((track, index) => track.slice(0, 1).map(({ values }) => ({ name: ["1 min", "5 min", "15 min"][index] ?? "", values })))), limits: () => [{ value: processors(), severity: "medium", label: `${processors()} processors` }], legend: ["mean", "max", "last"], absent: SOURCE },
      pressure(),
    ],
    memory: [
      { id: "memory-share", title: "Memory in use", of: () => "without what can be reclaimed", unit: "%", min: 0, max: () => 1, limits: () => threshold("memory_percent", "high", 1, " %"), queries: ["memory-share"], lines: one("in use"), legend: ["min", "mean", "max", "last"], absent: SOURCE },
      { id: "swap", title: "Swap", unit: "B", kind: "stack", min: 0, queries: ["swap"], lines: ([states = []]) => byLabel(swapThere(states), "state", { order: ["used", "cached"], leave: ["free"] }), legend: ["max", "last"], absent: "no swap on this machine" },
      { id: "paging", title: "Paging", of: () => "pages in and out", unit: "/s", min: 0, queries: ["paging"], lines: ([pages = []]) => byLabel(pages, "direction", { order: ["in", "out"] }), legend: ["mean", "max", "last"], absent: SOURCE },
    ],
    disk: [
      { id: "disk-ops", title: "Disk operations", unit: "/s", min: 0, queries: ["disk-ops"], lines: ([ops = []]) => byDevice(ops, "device", 4), legend: ["mean", "max", "last"], absent: "no disk has done anything in this range" },
      { id: "disk-busy", title: "Disk busy", of: () => "time with work in flight", unit: "%", min: 0, max: () => 1, queries: ["disk-busy"], lines: ([busy = []]) => byDevice(busy, "device", 8), legend: ["mean", "max", "last"], absent: "no disk has done anything in this range" },
    ],
    network: [
      { id: "net-packets", title: "Packets", unit: "/s", min: 0, queries: ["net-packets"], lines: ([packets = []]) => byDevice(packets, "interface", 4), legend: ["mean", "max", "last"], absent: "no network interface in this range" },
      { id: "net-errors", title: "Errors and drops", of: () => "all interfaces", unit: "/s", min: 0, queries: ["net-errors", "net-dropped"], lines: ([errors = [], dropped = []]) => [...named("errors", errors), ...named("dropped", dropped)].map((line, index) => ({ ...line, ink: `series-${index + 1}` })), legend: ["mean", "max", "last"], absent: "no network interface in this range" },
      { id: "connections", title: "Sockets", of: () => "open now", unit: "1", min: 0, queries: ["connections"], lines: ([sockets = []]) => paint(busiest(sockets, 6).map(({ labels, values }) => ({ name: [labels["transport"], labels["state"]].filter(Boolean).join(" "), values }))), legend: ["min", "max", "last"], absent: SOURCE },
    ],
    processes: [
      { id: "process-cpu", title: "CPU by process", of: () => "100 % is one processor", unit: "%", min: 0, queries: ["process-cpu"], lines: ([top = []]) => processes(top), legend: ["mean", "max", "last"], absent: SOURCE },
      { id: "process-memory", title: "Memory by process", of: () => "resident", unit: "B", min: 0, queries: ["process-memory"], lines: ([top = []]) => processes(top), legend: ["mean", "max", "last"], absent: SOURCE },
      { id: "processes", title: "Processes", of: () => "by state", unit: "1", min: 0, queries: ["processes"], lines: ([states = []]) => byLabel(states, "state", { order: ["running", "sleeping", "idle", "blocked"], leave: ["total", "threads"] }), now: (plot, index) => figure(plot.lines.reduce((all, line) => all + (line.values[index] ?? 0), 0), "1"), legend: ["min", "max", "last"], absent: SOURCE },
    ],
  };
}

function pressure(): ChartSpec {
  const order = ["cpu some", "memory some", "io some", "cpu full", "memory full", "io full"];
  return {
    id: "pressure", title: "Pressure", of: () => "tasks stalled, 10 s", unit: "%", min: 0, close: true, queries: ["pressure"],
    lines: ([stalls = []]) => {
      const words = stalls.map(({ labels, values }) => ({ labels: { word: `${labels["resource"] ?? ""} ${labels["scope"] ?? ""}` }, values }));
      return byLabel(words, "word", { order }).map(line => {
        const [resource = "", scope] = line.name.split(" ");
        return { ...line, ink: `series-${Math.max(0, ["cpu", "memory", "io"].indexOf(resource)) + 1}`, dash: scope === "full" };
      });
    },
    now: (plot, index) => {
      const worst = plot.lines.map(line => ({ name: line.name, value: line.values[index] ?? 0 })).sort((a, b) => b.value - a.value)[0];
      const { value, unit } = figure(worst?.value ?? null, "%");
      return { value, unit: `${unit} ${worst && worst.value > 0 ? worst.name : ""}`.trim() };
    },
    legend: ["mean", "max", "last"], absent: "this kernel measures no pressure (PSI)",
  };
}

function busiestCore(lines: readonly Line[], index: number): { value: string; unit: string } {
  const top = lines.map(line => ({ name: line.name, value: line.values[index] ?? null })).sort((a, b) => (b.value ?? -1) - (a.value ?? -1))[0];
  const { value, unit } = figure(top?.value ?? null, "%");
  return { value, unit: top?.value ? `${unit} core ${top.name}` : unit };
}

/** A machine without swap has states of zero bytes: that is no chart. */
function swapThere(states: Picked[]): Picked[] {
  return states.some(({ values }) => values.some(value => (value ?? 0) > 0)) ? states : [];
}

function named(name: string, all: Picked[]): Line[] {
  return all.length === 0 ? [] : paint([{ name, values: sum(all) }]);
}

/** The busiest seven, told apart by user only where two have one name. */
function processes(top: Picked[]): Line[] {
  const chosen = busiest(top, 7);
  const twice = (name: string | undefined): boolean => chosen.filter(({ labels }) => labels["process"] === name).length > 1;
  return paint(chosen.map(({ labels, values }) => ({ name: twice(labels["process"]) ? `${labels["process"]}, ${labels["user"] ?? ""}` : (labels["process"] ?? ""), values })));
}
