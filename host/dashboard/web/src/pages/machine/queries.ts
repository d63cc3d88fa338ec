/** What the machine page asks for of every machine. History and live values use the same texts. */
import type { Query } from "../../data/feed";
import { g, n, r } from "./ask";

export const QUERIES: readonly Query[] = [
  g("cpu", "system_cpu_utilization_ratio"),
  r("cpu-mode", "system_cpu_time_seconds_total"),
  g("cpu-core", "system_cpu_core_utilization_ratio"),
  g("load-1", "system_cpu_load_average_1m"),
  g("load-5", "system_cpu_load_average_5m"),
  g("load-15", "system_cpu_load_average_15m"),
  g("memory", "system_memory_usage_bytes"),
  g("memory-share", "system_memory_utilization_ratio"),
  g("swap", "system_paging_usage_bytes"),
  r("paging", "system_paging_operations_total"),
  g("pressure", `system_pressure_stalled_ratio{window="10s"}`),
  n("space", "system_filesystem_usage_bytes"),
  n("space-share", "system_filesystem_utilization_ratio"),
  n("inodes-share", "system_filesystem_inodes_utilization_ratio"),
  r("disk-bytes", "system_disk_io_bytes_total"),
  r("disk-ops", "system_disk_operations_total"),
  r("disk-busy", "system_disk_io_time_seconds_total"),
  r("net-bytes", "system_network_io_bytes_total"),
  r("net-packets", "system_network_packets_total"),
  r("net-errors", "system_network_errors_total"),
  r("net-dropped", "system_network_dropped_total"),
  g("connections", "system_network_connections"),
  r("retransmits", "system_network_retransmits_total"),
  g("processes", "system_process_count"),
  g("process-cpu", "system_process_cpu_utilization_ratio"),
  g("process-memory", "system_process_memory_usage_bytes"),
];
