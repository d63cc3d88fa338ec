/**
 * The samples of one query: one column of times, one column of values for each series, all of the same length.
 * History fills it, live values are appended on the same grid, and what leaves the range is dropped, so it never
 * holds more than a range's worth of points.
 */
import type { Labels, RangeResult } from "./types";

export interface Column {
  labels: Labels;
  values: (number | null)[];
}

/** Series have no identity on the wire but their labels. */
export function keyOf(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map(name => `${name}\u0001${labels[name] ?? ""}`)
    .join("\u0002");
}

/** Above this many series a query is cut: a page cannot show them, and memory stays bounded. */
export const MOST_SERIES = 256;

export class Columns {
  times: number[] = [];
  readonly columns = new Map<string, Column>();
  /** Series beyond {@link MOST_SERIES} that were left out. */
  leftOut = 0;

  constructor(readonly step: number) {}

  /** Takes a whole range query's answer in place of what was there. */
  replace(result: RangeResult): void {
    this.times = result.times;
    this.columns.clear();
    this.leftOut = Math.max(0, result.series.length - MOST_SERIES);
    for (const { labels, values } of result.series.slice(0, MOST_SERIES)) {
      this.columns.set(keyOf(labels), { labels, values });
    }
  }

  get last(): number | undefined {
    return this.times.at(-1);
  }

  /**
   * Adds one tick. The newest point of a step stands for that step until the next one begins; a pause of more than
   * `pause` milliseconds leaves an empty point behind, which draws as a gap.
   */
  append(t: number, values: Iterable<readonly [Labels, number | null]>, pause: number): void {
    const last = this.last;
    if (last !== undefined && t <= last) return;
    if (last !== undefined && Math.floor(t / this.step) === Math.floor(last / this.step) && this.times.length > 1) {
      this.#dropLast();
    } else if (last !== undefined && t - last > pause) {
      this.#push(last + this.step, []);
    }
    this.#push(t, values);
  }

  #push(t: number, values: Iterable<readonly [Labels, number | null]>): void {
    this.times.push(t);
    for (const [labels, value] of values) {
      const key = keyOf(labels);
      let column = this.columns.get(key);
      if (!column) {
        if (this.columns.size >= MOST_SERIES) {
          this.leftOut += 1;
          continue;
        }
        column = { labels, values: new Array<number | null>(this.times.length - 1).fill(null) };
        this.columns.set(key, column);
      }
      column.values.push(value);
    }
    for (const column of this.columns.values()) {
      if (column.values.length < this.times.length) column.values.push(null);
    }
  }

  #dropLast(): void {
    this.times.pop();
    for (const column of this.columns.values()) column.values.pop();
  }

  /** Drops what is older than `from`, and series that have no value left. Cheap until an eighth can go at once. */
  trim(from: number): void {
    let gone = 0;
    while (gone < this.times.length && (this.times[gone] ?? 0) < from - this.step) gone += 1;
    if (gone === 0 || gone < this.times.length / 8) return;
    this.times = this.times.slice(gone);
    for (const [key, column] of this.columns) {
      column.values = column.values.slice(gone);
      if (column.values.every(value => value === null)) this.columns.delete(key);
    }
  }
}
