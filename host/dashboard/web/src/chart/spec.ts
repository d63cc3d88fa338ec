/** A chart of a page, as data: what it asks for and how its lines come out of the answers. */
import type { Figure, Unit } from "../format/units";
import type { LegendColumn, Limit, Line, Picked, Plot } from "./model";

export interface ChartSpec {
  id: string;
  title: string;
  /** What it is of, dim beside the title. */
  of?: (() => string) | undefined;
  unit: Unit;
  kind?: "lines" | "stack" | "heat";
  min?: number;
  max?: () => number | undefined;
  /** The value axis ends at the data, also for shares of one. */
  close?: boolean;
  /** The value axis begins near the data instead of at 0: for temperatures. */
  near?: boolean;
  limits?: () => Limit[];
  /** Names of the page's queries. */
  queries: readonly string[];
  lines: (picked: Picked[][]) => Line[];
  /** The figure in the head at a point; without it, the first line's value, or a stack's sum. */
  now?: (plot: Plot, index: number) => Figure | string;
  legend?: readonly LegendColumn[];
  /** Lines that are usual: their rows are kept free while the data is on its way. */
  rows?: number;
  /** Says in words why there is nothing, if there is nothing. */
  absent: string;
  size?: "tall" | "short";
}
