/** What is asked of GPUs: a row's worth of each where there are several, and all of the one that is looked at. */
import type { Query } from "../../../data/feed";
import { latest, quoted } from "../../../data/step";
import { g, n } from "../ask";

/** Which there are, and what is wrong with them. */
export const FEW: readonly Query[] = [
  // Over the range, so that one that is gone now still has its number.
  { id: "gpus", text: windows => latest("hw_gpu_info", windows) },
  n("gpus-lost", "hw_gpu_lost"),
  n("gpus-headroom", "hw_gpu_thermal_headroom_celsius"),
  n("gpus-errors", "hw_gpu_errors_total"),
  n("gpus-remapped", "hw_gpu_remapped_rows_total"),
  n("gpus-retired", "hw_gpu_retired_pages_total"),
  n("gpus-replays", "hw_gpu_pcie_replays_total"),
];

/** Of several: a row each. */
export const SEVERAL: readonly Query[] = [
  g("gpus-busy", `hw_gpu_utilization_ratio{task="general"}`),
  g("gpus-memory", "hw_gpu_memory_utilization_ratio"),
  g("gpus-power", `hw_power_watts{plugin="gpu"}`),
  n("gpus-memory-used", "hw_gpu_memory_usage_bytes"),
  n("gpus-memory-limit", "hw_gpu_memory_limit_bytes"),
  n("gpus-heat", `hw_temperature_celsius{plugin="gpu",id!~".*/memory"}`),
  n("gpus-power-limit", "hw_gpu_power_limit_watts"),
  n("gpus-clock", `hw_gpu_clock_hertz{clock="graphics"}`),
  n("gpus-held", "hw_gpu_throttled"),
];

/** Of one. The names are the same whichever it is: there is one at a time. */
export function one(id: string): readonly Query[] {
  const of = (metric: string): string => `${metric}{id=${quoted(id)}}`;
  const memory = quoted(`${id}/memory`);
  return [
    g("gpu-busy", of("hw_gpu_utilization_ratio")),
    g("gpu-memory", of("hw_gpu_memory_usage_bytes")),
    g("gpu-memory-reserved", of("hw_gpu_memory_reserved_bytes")),
    n("gpu-memory-limit", of("hw_gpu_memory_limit_bytes")),
    g("gpu-heat", `hw_temperature_celsius{plugin="gpu",id=${quoted(id)}}`),
    g("gpu-heat-memory", `hw_temperature_celsius{plugin="gpu",id=${memory}}`),
    n("gpu-heat-limit", of("hw_gpu_temperature_limit_celsius")),
    g("gpu-power", `hw_power_watts{plugin="gpu",id=${quoted(id)}}`),
    n("gpu-power-limit", of("hw_gpu_power_limit_watts")),
    g("gpu-clock", of("hw_gpu_clock_hertz")),
    g("gpu-pcie", of("hw_gpu_pcie_io_bytes_per_second")),
    g("gpu-work", of("hw_gpu_busy_seconds_per_joule")),
    g("gpu-held", of("hw_gpu_throttled")),
    n("gpu-process-memory", of("hw_gpu_process_memory_usage_bytes")),
    n("gpu-process-busy", of("hw_gpu_process_utilization_ratio")),
    n("gpu-fan", `hw_fan_speed_ratio{plugin="gpu",id=${quoted(id)}}`),
    n("gpu-pcie-generation", of("hw_gpu_pcie_generation")),
    n("gpu-pcie-width", of("hw_gpu_pcie_width")),
  ];
}
