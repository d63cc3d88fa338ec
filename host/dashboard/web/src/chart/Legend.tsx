import { For, createMemo, type Component } from "solid-js";
import { Figure } from "../parts/Figure";
import { vars } from "../parts/style";
import type { Unit } from "../format/units";
import { summary, type LegendColumn, type Plot } from "./model";

/** Rows shown before the rest is left to the data table. */
const MOST_ROWS = 10;

/** A row for each line: its figures over the range; the last column follows the crosshair. */
export const Legend: Component<{
  plot: Plot;
  unit: Unit;
  columns: readonly LegendColumn[];
  at: number | undefined;
}> = props => {
  const names = createMemo(() => props.plot.lines.slice(0, MOST_ROWS).map(line => line.name), [], {
    equals: (a, b) => a.length === b.length && a.every((name, index) => name === b[index]),
  });
  return (
    <table class="lg" classList={{ long: props.unit.startsWith("B") }}>
      <thead>
        <tr>
          <th scope="col">
            <span class="vh">series</span>
          </th>
          <For each={props.columns}>
            {column => (
              <th scope="col" class={`c-${column}`}>
                {column}
              </th>
            )}
          </For>
        </tr>
      </thead>
      <tbody>
        <For each={names()}>
          {(name, index) => {
            const line = createMemo(() => props.plot.lines[index()]);
            const figures = createMemo(() => summary(line()?.values ?? []));
            const value = (column: LegendColumn): number | null =>
              column === "last" && props.at !== undefined ? (line()?.values[props.at] ?? null) : figures()[column];
            return (
              <tr>
                <th scope="row">
                  <i
                    class="key"
                    classList={{ dash: line()?.dash === true }}
                    ref={vars(() => ({ "--k": `var(--${line()?.ink ?? "series-ink"})` }))}
                  />
                  {name}
                </th>
                <For each={props.columns}>
                  {column => (
                    <td class={`c-${column}`}>
                      <Figure value={value(column)} unit={props.unit} />
                    </td>
                  )}
                </For>
              </tr>
            );
          }}
        </For>
      </tbody>
    </table>
  );
};
