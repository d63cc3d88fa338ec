/** Of the network, what few people look at: unfolded, and asked for only then. */
import type { ChartSpec } from "../../../chart/spec";
import type { Query } from "../../../data/feed";
import { paint } from "../../../chart/pick";
import type { Picked } from "../../../chart/model";
import { g, r } from "../ask";
import { counted, one, where } from "../kernel/charts";
import { total } from "./words";

export const FOLDED: readonly Query[] = [
  r("tcp-opens", "system_network_tcp_opens_total"),
  r("tcp-failures", "system_network_tcp_attempt_failures_total"),
  r("tcp-resets", "system_network_tcp_resets_total"),
  r("tcp-listen-overflows", "system_network_tcp_listen_overflows_total"),
  r("tcp-listen-drops", "system_network_tcp_listen_drops_total"),
  r("udp", "system_network_udp_datagrams_total"),
  r("udp-errors", "system_network_udp_errors_total"),
  r("softnet-dropped", "system_network_softnet_dropped_total"),
  r("softnet-squeezed", "system_network_softnet_squeezed_total"),
  r("conntrack", "system_network_conntrack_events_total"),
  g("sockets", "system_network_sockets"),
];

function named(name: string, picked: readonly Picked[]): { name: string; values: (number | null)[] }[] {
  return picked.slice(0, 1).map(({ values }) => ({ name, values }));
}

function several(id: string, title: string, of: string, query: string, label: string): ChartSpec {
  return { ...one(id, title, of, query, ""), lines: ([picked = []]) => counted(picked, label), now: total("/s"), rows: 3 };
}

/** Both versions of the protocol together are too many lines: each direction is their sum by version. */
const versioned =
  (label: string) =>
  (picked: readonly Picked[]): Picked[] =>
    picked.map(({ labels, values }) => ({
      labels: {
        what: `${(labels[label] ?? "").replace("receive", "in").replace("transmit", "out")} v${labels["version"] ?? ""}`,
      },
      values,
    }));

export function folded(names: ReadonlySet<string>): ChartSpec[] {
  return where(
    names,
    [
      "system_network_tcp_opens_total",
      {
        ...several("tcp-opens", "TCP connections begun", "", "tcp-opens", "side"),
        queries: ["tcp-opens", "tcp-failures"],
        lines: ([opens = [], failures = []]) =>
          paint([
            ...named(
              "from here",
              opens.filter(({ labels }) => labels["side"] === "active"),
            ),
            ...named(
              "from elsewhere",
              opens.filter(({ labels }) => labels["side"] === "passive"),
            ),
            ...named("failed", failures),
          ]),
      },
    ],
    [
      "system_network_tcp_resets_total",
      several("tcp-resets", "TCP resets", "sent, and of open connections", "tcp-resets", "kind"),
    ],
    [
      "system_network_tcp_listen_overflows_total",
      {
        ...several("tcp-listen", "TCP connections lost", "while they were opened", "tcp-listen-drops", ""),
        queries: ["tcp-listen-overflows", "tcp-listen-drops"],
        lines: ([overflows = [], drops = []]) =>
          paint([...named("program too slow", overflows), ...named("for any reason", drops)]),
      },
    ],
    [
      "system_network_udp_datagrams_total",
      {
        ...several("udp", "UDP datagrams", "", "udp", "direction"),
        lines: ([picked = []]) => counted(versioned("direction")(picked), "what", 4),
      },
    ],
    [
      "system_network_udp_errors_total",
      {
        ...several("udp-errors", "UDP datagrams lost", "", "udp-errors", "kind"),
        lines: ([picked = []]) => counted(versioned("kind")(picked), "what"),
      },
    ],
    [
      "system_network_softnet_dropped_total",
      {
        ...several("softnet", "Packets that wait for a processor", "", "softnet-dropped", ""),
        queries: ["softnet-dropped", "softnet-squeezed"],
        lines: ([dropped = [], squeezed = []]) => paint([...named("dropped", dropped), ...named("had to wait", squeezed)]),
      },
    ],
    ["system_network_conntrack_events_total", several("conntrack", "Firewall's connections", "events", "conntrack", "kind")],
    [
      "system_network_sockets",
      {
        ...several("sockets", "Sockets by protocol", "open now", "sockets", "transport"),
        unit: "count",
        lines: ([picked = []]) => counted(picked, "transport"),
        now: total("count"),
        legend: ["min", "max", "last"],
      },
    ],
  );
}
