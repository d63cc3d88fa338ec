/** Network: bytes, packets, what went wrong, sockets. */
import { busiest, byDevice, paint, sum } from "../../../chart/pick";
import type { Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import { SOURCE, single, total } from "./words";

const ABSENT = "no network interface in this range";

export function traffic(): ChartSpec {
  return {
    id: "network",
    title: "Network",
    of: () => "in and out",
    unit: "B/s",
    min: 0,
    queries: ["net-bytes"],
    lines: ([bytes = []]) => byDevice(bytes, "interface", 4),
    now: total("B/s"),
    legend: ["mean", "max", "last"],
    rows: 4,
    absent: ABSENT,
  };
}

export function network(): ChartSpec[] {
  return [
    {
      id: "net-packets",
      title: "Packets",
      of: () => "in and out",
      unit: "/s",
      min: 0,
      queries: ["net-packets"],
      lines: ([packets = []]) => byDevice(packets, "interface", 4),
      now: total("/s"),
      legend: ["mean", "max", "last"],
      rows: 4,
      absent: ABSENT,
    },
    {
      id: "net-errors",
      title: "Errors and drops",
      of: () => "all interfaces",
      unit: "/s",
      min: 0,
      queries: ["net-errors", "net-dropped"],
      lines: ([errors = [], dropped = []]) => paint([...summed("errors", errors), ...summed("dropped", dropped)]),
      now: total("/s"),
      legend: ["mean", "max", "last"],
      rows: 2,
      absent: ABSENT,
    },
    {
      id: "connections",
      title: "Connections",
      of: () => "by state, now",
      unit: "count",
      min: 0,
      queries: ["connections"],
      lines: ([sockets = []]) =>
        paint(
          busiest(sockets, 6).map(({ labels, values }) => ({
            name: [labels["transport"], labels["state"]?.replaceAll("_", " ")].filter(Boolean).join(" "),
            values,
          })),
        ),
      now: total("count"),
      legend: ["min", "max", "last"],
      rows: 4,
      absent: SOURCE,
    },
    {
      id: "retransmits",
      title: "TCP sent again",
      of: () => "segments that were lost on the way",
      unit: "/s",
      min: 0,
      queries: ["retransmits"],
      lines: single("sent again"),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: SOURCE,
    },
  ];
}

function summed(name: string, all: Picked[]): { name: string; values: (number | null)[] }[] {
  return all.length === 0 ? [] : [{ name, values: sum(all) }];
}
