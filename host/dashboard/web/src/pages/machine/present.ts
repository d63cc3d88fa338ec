/** What this machine's plugins measure: which sections the page has. Asked of the host's index of names, not of samples. */
import { createEffect, createMemo, createSignal, onCleanup, untrack, type Accessor } from "solid-js";
import { useApp } from "../../app";
import { bounds } from "../../data/range";
import { selector } from "../../data/step";

/** Sections that a page has only where something of theirs is measured, by the names of which one is enough. */
const SIGNS = {
  gpu: ["hw_gpu_count", "hw_gpu_lost", "hw_gpu_info"],
  npu: ["hw_npu_info"],
  heat: [
    "hw_temperature_celsius",
    "hw_fan_speed_rpm",
    "hw_alarm",
    "system_cpu_power_watts",
    "system_cpu_thermal_throttles_total",
  ],
  battery: ["hw_battery_charge_ratio", "hw_battery_state", "hw_power_supply_online"],
  groups: ["cgroup_cpu_utilization_ratio", "cgroup_memory_usage_bytes"],
  units: ["service_up", "service_system_state", "service_failed"],
  containers: ["container_up", "container_engine_info"],
  kernel: ["system_limit_utilization_ratio", "system_interrupts_total", "system_cpu_context_switches_total"],
} as const;

export type Kind = keyof typeof SIGNS;

/** Which of the sections these metrics fill. */
export function kinds(names: ReadonlySet<string>): ReadonlySet<Kind> {
  const all = Object.keys(SIGNS) as Kind[];
  return new Set(all.filter(kind => SIGNS[kind].some(name => names.has(name))));
}

/** A GPU has sensors too, but they are shown with it: of its names only its own tell that there is something. */
export function together(others: readonly string[], gpu: readonly string[]): ReadonlySet<string> {
  return new Set([...others, ...gpu.filter(name => name.startsWith("hw_gpu_"))]);
}

/** How often it is looked whether something has come or gone. */
const AGAIN_MS = 30_000;

/** Names of the metrics that this machine had in the range; undefined until they are known. */
export function usePresent(): Accessor<ReadonlySet<string> | undefined> {
  const app = useApp();
  const { host } = app;
  const [names, setNames] = createSignal<ReadonlySet<string> | undefined>(undefined, {
    equals: (a, b) => a !== undefined && b !== undefined && a.size === b.size && [...b].every(name => a.has(name)),
  });
  let asking: AbortController | undefined;
  const ask = async (): Promise<void> => {
    const machine = app.machine();
    if (machine === undefined) return;
    asking?.abort();
    const current = (asking = new AbortController());
    const { from, to } = bounds(app.range(), host.now());
    const of = (plugin: string): Promise<string[]> => host.api.names(selector(`{${plugin}}`, machine), from, to, current.signal);
    try {
      const [others, gpu] = await Promise.all([of(`plugin!="gpu"`), of(`plugin="gpu"`)]);
      if (!current.signal.aborted) setNames(together(others, gpu));
    } catch {
      // What was known stays; the page says by other means that the host does not answer.
    }
  };
  // A plugin that begins or ends to measure something says so by its number of series.
  const measuring = createMemo(() => (host.plugins() ?? []).filter(({ series }) => series > 0).length);
  createEffect(() => {
    void [app.machine(), app.range(), measuring(), host.answers()];
    untrack(() => void ask());
  });
  const timer = setInterval(() => document.hidden || void ask(), AGAIN_MS);
  onCleanup(() => {
    clearInterval(timer);
    asking?.abort();
  });
  return names;
}
