/** What a chart is given: plain data, computed without the canvas. */
import type { Columns } from "../data/columns";
import type { Labels, Severity } from "../data/types";
import type { Unit } from "../format/units";

/** One line, area or row. `values` are what it is, also where it is drawn on top of others. */
export interface Line {
  name: string;
  /** A colour token. */
  ink: string;
  values: (number | null)[];
  dash?: boolean;
}

export interface Plot {
  times: number[];
  lines: Line[];
}

/** A value that should not be crossed; without a severity it is only a mark to compare with. */
export interface Limit {
  value: number;
  severity?: Severity;
  label: string;
  /** The one line that it is of; without it, of all. */
  of?: string;
}

/** Whether a line is beyond a limit of its own. */
export function crosses(line: Line, value: number | null, limit: Limit): boolean {
  return value !== null && value > limit.value && (limit.of === undefined || limit.of === line.name);
}

/** Something that happened, marked in the strip above the plot. */
export interface Note {
  t: number;
  severity: Severity;
  label: string;
}

export type LegendColumn = "min" | "mean" | "max" | "last";

/** A series of a track, picked and named. */
export interface Picked {
  labels: Labels;
  values: (number | null)[];
}

/** Tracks of one chart on a common column of times. Those of one feed nearly always share it already. */
export function align(tracks: readonly Columns[]): { times: number[]; columns: Picked[][] } {
  const full = tracks.filter(track => track.times.length > 0);
  const first = full[0];
  if (!first) return { times: [], columns: tracks.map(() => []) };
  const same = full.every(
    ({ times }) => times.length === first.times.length && times[0] === first.times[0] && times.at(-1) === first.times.at(-1),
  );
  if (same) return { times: first.times, columns: tracks.map(track => [...track.columns.values()]) };
  const times = [...new Set(full.flatMap(track => track.times))].sort((a, b) => a - b);
  const place = new Map(times.map((t, index) => [t, index]));
  const columns = tracks.map(track =>
    [...track.columns.values()].map(({ labels, values }) => {
      const spread = new Array<number | null>(times.length).fill(null);
      values.forEach((value, index) => {
        const at = place.get(track.times[index] ?? NaN);
        if (at !== undefined) spread[at] = value;
      });
      return { labels, values: spread };
    }),
  );
  return { times, columns };
}

/** Sums from the bottom: a stack's upper edges. A point without any value stays empty. */
export function stack(lines: readonly Line[]): (number | null)[][] {
  const length = lines[0]?.values.length ?? 0;
  const empty = Array.from({ length }, (_, index) => lines.every(line => (line.values[index] ?? null) === null));
  const sum = new Array<number>(length).fill(0);
  return lines.map(line =>
    sum.map((below, index) => {
      if (empty[index]) return null;
      return (sum[index] = below + (line.values[index] ?? 0));
    }),
  );
}

export interface Summary {
  min: number | null;
  mean: number | null;
  max: number | null;
  last: number | null;
}

/** Figures of a legend row. `last` is the newest point's, and nothing when that is empty. */
export function summary(values: readonly (number | null)[]): Summary {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    count += 1;
  }
  if (count === 0) return { min: null, mean: null, max: null, last: null };
  return { min, mean: sum / count, max, last: values.at(-1) ?? null };
}

/** Stretches without any value, as pairs of moments, from the first sample on. */
export function gaps({ times, lines }: Plot): [number, number][] {
  const found: [number, number][] = [];
  let before: number | undefined;
  let empty = false;
  times.forEach((t, index) => {
    if (lines.some(line => (line.values[index] ?? null) !== null)) {
      if (empty && before !== undefined) found.push([before, t]);
      before = t;
      empty = false;
    } else {
      empty = true;
    }
  });
  const end = times.at(-1);
  if (empty && before !== undefined && end !== undefined && end > before) found.push([before, end]);
  return found;
}

/** Upper end of the value axis: room above the data, and for a limit that is near. */
export function top(highest: number, limits: readonly Limit[], unit: Unit, close = false): number {
  if (unit === "%" && highest <= 1 && !close) return 1;
  const most = Math.max(highest * 1.12, ...limits.filter(limit => limit.value < highest * 2).map(limit => limit.value * 1.08));
  return most > 0 && Number.isFinite(most) ? most : unit === "B" || unit === "B/s" ? 1024 : unit === "%" ? 0.05 : 1;
}

/** Lower end of a value axis that begins near the data: the ten below it, with some room. */
export function bottom(lowest: number): number {
  return Number.isFinite(lowest) ? Math.floor((lowest - 3) / 10) * 10 : 0;
}

/** The plot as CSV: a column of times in ISO 8601 and one for each line. */
export function csv({ times, lines }: Plot): string {
  const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = [["time", ...lines.map(line => line.name)].map(cell).join(",")];
  times.forEach((t, index) => {
    rows.push([new Date(t).toISOString(), ...lines.map(line => String(line.values[index] ?? ""))].join(","));
  });
  return `${rows.join("\n")}\n`;
}
