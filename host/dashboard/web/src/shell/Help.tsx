import { For, type Component } from "solid-js";
import { Dialog } from "../parts/Dialog";
import { ENTRIES } from "./pages";

const KEYS: readonly [string[], string][] = [
  [["Ctrl K"], "find a page, a section or an action"],
  ...ENTRIES.map(entry => [["g", entry.key], entry.title] as [string[], string]),
  [["["], "earlier"],
  [["]"], "later"],
  [["+"], "show less time, closer"],
  [["-"], "show more time"],
  [["space"], "pause, or follow the present"],
  [["/"], "filter"],
  [["j", "k"], "next and previous row of a list"],
  [["Enter"], "open the row"],
  [["t"], "theme: dark, light, as the system"],
  [["Esc"], "close, or reset the zoom"],
];

const MOUSE: readonly [string, string][] = [
  ["drag over a chart", "choose that stretch of time on the whole page"],
  ["double click", "back to the present"],
  ["scroll sideways, or with Shift", "move through time"],
];

export const Help: Component<{ close: () => void }> = props => (
  <Dialog title="Keys" close={props.close}>
    <section>
      <dl class="kv keys">
        <For each={KEYS}>
          {([keys, what]) => (
            <>
              <dt>
                <For each={keys}>{key => <kbd>{key}</kbd>}</For>
              </dt>
              <dd>{what}</dd>
            </>
          )}
        </For>
      </dl>
    </section>
    <section>
      <h3>On a chart</h3>
      <dl class="kv">
        <For each={MOUSE}>
          {([how, what]) => (
            <>
              <dt>{how}</dt>
              <dd>{what}</dd>
            </>
          )}
        </For>
      </dl>
    </section>
  </Dialog>
);
