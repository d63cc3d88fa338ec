/** Batteries and chargers as rows and as one sentence. */
import { duration, text } from "../../../format/units";
import type { Newest } from "../now";

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
  const supply = plugged === undefined ? "" : plugged ? "plugged in" : all.length > 0 ? "on battery" : "no charger supplies power";
  if (!first) return supply;
  const left = first.left === undefined ? "" : `${duration(first.left * 1000)} ${first.state === "charging" ? "until full" : "left"}`;
  return [supply, all.length > 1 ? `${all.length} batteries` : text(first.charge, "%"), all.length > 1 ? "" : left]
    .filter(Boolean)
    .join(", ");
}
