/** Disks: bytes, operations, time busy. */
import { byDevice } from "../../../chart/pick";
import type { ChartSpec } from "../../../chart/spec";
import { total } from "./words";

const ABSENT = "no disk has done anything in this range";

export function throughput(): ChartSpec {
  return {
    id: "disk",
    title: "Disk",
    of: () => "read and written",
    unit: "B/s",
    min: 0,
    queries: ["disk-bytes"],
    lines: ([bytes = []]) => byDevice(bytes, "device", 4),
    now: total("B/s"),
    legend: ["mean", "max", "last"],
    rows: 2,
    absent: ABSENT,
  };
}

export function disk(): ChartSpec[] {
  return [
    {
      id: "disk-ops",
      title: "Disk operations",
      unit: "/s",
      min: 0,
      queries: ["disk-ops"],
      lines: ([operations = []]) => byDevice(operations, "device", 4),
      now: total("/s"),
      legend: ["mean", "max", "last"],
      rows: 2,
      absent: ABSENT,
    },
    {
      id: "disk-busy",
      title: "Disk busy",
      of: () => "time with work in flight",
      unit: "%",
      min: 0,
      max: () => 1,
      queries: ["disk-busy"],
      lines: ([busy = []]) => byDevice(busy, "device", 8),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: ABSENT,
    },
  ];
}
