/** What several sections say alike. */
import { paint } from "../../../chart/pick";
import type { Limit, Line, Picked, Plot } from "../../../chart/model";
import type { Status } from "../../../data/types";
import { figure, type Figure, type Unit } from "../../../format/units";

export type Known = () => Status | undefined;

/** Why a chart is empty that every machine should have. */
export const SOURCE = "the system plugin has not brought it in this range";

export function processors(status: Known): number {
  return status()?.machine.processors ?? 1;
}

export function memoryOf(status: Known): number | undefined {
  return status()?.machine.memory_bytes || undefined;
}

/** A threshold of the rules, in percent there, as a limit on an axis on which 100 % is `whole`. */
export function threshold(status: Known, name: string, whole = 1): Limit[] {
  const percent = status()?.thresholds?.[name];
  return percent === undefined ? [] : [{ value: (percent / 100) * whole, severity: "high", label: `${percent} %` }];
}

/** The one series of a query. */
export function single(name: string): (picked: Picked[][]) => Line[] {
  return picked => paint((picked[0] ?? []).slice(0, 1).map(({ values }) => ({ name, values })));
}

/** The head tells the sum of all lines. */
export function total(unit: Unit): (plot: Plot, index: number) => Figure {
  return (plot, index) => {
    const values = plot.lines.map(line => line.values[index] ?? null).filter(value => value !== null);
    return figure(values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0), unit);
  };
}

/** The head tells the highest line and its name. */
export function highest(plot: Plot, index: number, word = ""): Figure {
  const top = plot.lines
    .map(line => ({ name: line.name, value: line.values[index] ?? null }))
    .sort((a, b) => (b.value ?? -1) - (a.value ?? -1))[0];
  const { value, unit } = figure(top?.value, "%");
  return { value, unit: top?.value ? [unit, word, top.name].filter(Boolean).join(" ") : unit };
}
