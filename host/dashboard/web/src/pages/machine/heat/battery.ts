/** Batteries and chargers: what is asked, as rows, and as one sentence. */
import { byLabel, paint } from "../../../chart/pick";
import type { ChartSpec } from "../../../chart/spec";
import type { Query } from "../../../data/feed";
import { duration, text } from "../../../format/units";
import { g, n } from "../ask";
import type { Newest } from "../now";

export const QUERIES: readonly Query[] = [
  g("charge", "hw_battery_charge_ratio"),
  g("battery-power", `hw_power_watts{name="Battery"}`),
  n("battery-state", "hw_battery_state"),
  n("battery-health", "hw_battery_health_ratio"),
  n("battery-left", "hw_battery_time_left_seconds"),
  n("battery-cycles", "hw_battery_cycles_total"),
  n("online", "hw_power_supply_online"),
];

export const CHARTS: readonly ChartSpec[] = [
  {
    id: "charge",
    title: "Charge",
    unit: "%",
    min: 0,
    max: () => 1,
    queries: ["charge"],
    lines: ([picked = []]) =>
      picked.length > 1 ? byLabel(picked, "id") : paint(picked.map(({ values }) => ({ name: "charge", values }))),
    legend: ["min", "max", "last"],
    rows: 1,
    absent: "no battery has told its charge in this range",
  },
  {
    id: "battery-power",
    title: "Battery power",
    of: () => "in or out",
    unit: "W",
    min: 0,
    queries: ["battery-power"],
    lines: ([picked = []]) =>
      picked.length > 1 ? byLabel(picked, "id") : paint(picked.map(({ values }) => ({ name: "power", values }))),
    legend: ["mean", "max", "last"],
    rows: 1,
    absent: "no battery has told its power in this range",
  },
];

export interface Cell {
  id: string;
  state: string;
  charge: number | undefined;
  health: number | undefined;
  /** Seconds until it is empty, or full. */
  left: number | undefined;
  cycles: number | undefined;
}

export interface Told {
  charge: readonly Newest[];
  state: readonly Newest[];
  health: readonly Newest[];
  left: readonly Newest[];
  cycles: readonly Newest[];
}

export function batteries({ charge, state, health, left, cycles }: Told): Cell[] {
  const of = (all: readonly Newest[], id: string): number | undefined => all.find(({ labels }) => labels["id"] === id)?.value;
  const ids = [...new Set([...charge, ...state].map(({ labels }) => labels["id"] ?? ""))].sort();
  return ids.map(id => ({
    id,
    state: (state.find(({ labels, value }) => labels["id"] === id && value > 0)?.labels["state"] ?? "").replaceAll("_", " "),
    charge: of(charge, id),
    health: of(health, id),
    left: of(left, id),
    cycles: of(cycles, id),
  }));
}

/** Whether any charger supplies power; undefined where there is none. */
export function chargers(online: readonly Newest[]): boolean | undefined {
  return online.length === 0 ? undefined : online.some(({ value }) => value > 0);
}

/** `on battery, 62 %, 3 h 34 min left`. */
export function inWords(all: readonly Cell[], plugged: boolean | undefined): string {
  const first = all[0];
  const supply =
    plugged === undefined ? "" : plugged ? "plugged in" : all.length > 0 ? "on battery" : "no charger supplies power";
  if (!first) return supply;
  const left =
    first.left === undefined ? "" : `${duration(first.left * 1000)} ${first.state === "charging" ? "until full" : "left"}`;
  return [supply, all.length > 1 ? `${all.length} batteries` : text(first.charge, "%"), all.length > 1 ? "" : left]
    .filter(Boolean)
    .join(", ");
}
