import { For, Show, type Component } from "solid-js";
import { Dialog } from "../parts/Dialog";
import { exact } from "../format/time";
import { text, type Unit } from "../format/units";
import type { Plot } from "./model";

const MOST_ROWS = 1000;

/** The points of a chart as a table, the newest first: for reading, copying, and for those who see no chart. */
export const DataTable: Component<{ title: string; unit: Unit; plot: Plot; close: () => void }> = props => {
  const rows = (): number[] => Array.from(props.plot.times.keys()).reverse().slice(0, MOST_ROWS);
  return (
    <Dialog title={props.title} close={props.close} class="large">
      <div class="tw data-table" tabindex="0">
        <table class="tbl dense">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <For each={props.plot.lines}>
                {line => (
                  <th scope="col" class="num">
                    {line.name}
                  </th>
                )}
              </For>
            </tr>
          </thead>
          <tbody>
            <For each={rows()}>
              {row => (
                <tr>
                  <td class="mono">{exact(props.plot.times[row] ?? 0)}</td>
                  <For each={props.plot.lines}>{line => <td class="num">{text(line.values[row] ?? null, props.unit)}</td>}</For>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
      <Show when={props.plot.times.length > MOST_ROWS}>
        <div class="dialog-foot">
          <span class="small dim">
            the newest {MOST_ROWS} of {props.plot.times.length} points; CSV has all
          </span>
        </div>
      </Show>
    </Dialog>
  );
};
