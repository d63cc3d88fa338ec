import { For, Show, createMemo, createSignal, type Component } from "solid-js";
import type { Family, Inspection } from "../../data/types";

const SHOWN = 4;

/** The metrics that a plugin declares: the first few, the others on request. */
export const Measures: Component<{ manifest: Inspection["manifest"] }> = props => {
  const [all, setAll] = createSignal(false);
  const families = createMemo<Family[]>(() => (all() ? props.manifest.families : props.manifest.families.slice(0, SHOWN)));
  const rest = (): number => props.manifest.families.length - families().length;
  return (
    <section>
      <h3>
        What it measures
        <Show when={props.manifest.families.length > SHOWN}>
          <span class="dim">, {props.manifest.families.length} metrics</span>
        </Show>
      </h3>
      <ul class="measures">
        <For each={families()}>
          {family => (
            <li>
              <span class="mono">{family.name}</span>
              <span class="dim micro">
                {[
                  family.kind,
                  family.unit === "1" ? "" : family.unit,
                  family.labels.length ? `by ${family.labels.join(", ")}` : "",
                ]
                  .filter(Boolean)
                  .join(", ")}
              </span>
              <p class="small sec">{family.help}</p>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.manifest.families.length === 0}>
        <p class="small sec">
          {props.manifest.dynamic_families ? "It declares its metrics while it runs." : "It declares no metric."}
        </p>
      </Show>
      <Show when={rest() > 0}>
        <button type="button" class="plain link small" onClick={() => setAll(true)}>
          and {rest()} more
        </button>
      </Show>
      <Show when={props.manifest.families.length > 0 && props.manifest.dynamic_families && rest() === 0}>
        <p class="small dim">It may declare more while it runs.</p>
      </Show>
    </section>
  );
};
