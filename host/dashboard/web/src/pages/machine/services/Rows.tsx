import { Index, Show, createMemo, createSignal, type Component } from "solid-js";
import type { Track } from "../../../data/feed";
import { Figure } from "../../../parts/Figure";
import { Shape } from "../../../parts/Icon";
import { NoRows } from "../NoRows";
import type { Row } from "./read";

const ROWS = 10;

/** Services or containers, those that need somebody first; the others at a press. */
export const Rows: Component<{ label: string; kind: string; rows: readonly Row[]; track: Track; detail: string }> = props => {
  const [all, setAll] = createSignal(false);
  // What is wrong is never behind a button.
  const shown = createMemo(() => {
    const needed = props.rows.filter(({ wrong, restarts }) => wrong !== "" || restarts > 0).length;
    return all() ? props.rows : props.rows.slice(0, Math.max(ROWS, needed));
  });
  return (
    <section class="panel" aria-label={props.label}>
      <Show when={props.rows.length > 0} fallback={<NoRows track={props.track} detail={props.detail} />}>
        <table class="tbl flat dense services">
          <thead>
            <tr>
              <th scope="col">{props.kind}</th>
              <th scope="col">State</th>
              <th scope="col" class="num hide-phone" title="within the last hour">
                Restarts, 1 h
              </th>
              <th scope="col" class="num" title="100 % is one processor">
                CPU
              </th>
              <th scope="col" class="num">
                Memory
              </th>
            </tr>
          </thead>
          <tbody>
            <Index each={shown()}>
              {row => (
                <tr>
                  <td class="name" title={[row().name, row().of].filter(Boolean).join(", ")}>
                    {row().name.replace(/\.service$/, "")} <span class="dim hide-phone">{row().of}</span>
                  </td>
                  <td class="state-cell" classList={{ sec: row().wrong === "" }}>
                    <span class="row">
                      <Shape name={row().wrong !== "" ? "high" : row().up ? "ok" : "unknown"} />
                      <span classList={{ hot: row().wrong !== "" }}>{row().state}</span>
                    </span>
                  </td>
                  <td class="num hide-phone" classList={{ sec: row().restarts === 0 }}>
                    {row().restarts || "–"}
                  </td>
                  <td class="num">
                    <Figure value={row().cpu} unit="%" />
                  </td>
                  <td class="num">
                    <Figure value={row().memory} unit="B" />
                  </td>
                </tr>
              )}
            </Index>
          </tbody>
        </table>
        <Show when={props.rows.length > shown().length || all()}>
          <button type="button" class="btn mini quiet all" aria-expanded={all()} onClick={() => setAll(now => !now)}>
            {all() ? "Show fewer" : `Show all ${props.rows.length}`}
          </button>
        </Show>
      </Show>
    </section>
  );
};
