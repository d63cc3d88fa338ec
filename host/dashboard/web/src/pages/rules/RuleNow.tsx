import { For, Show, createMemo, type Component } from "solid-js";
import type { Rule, RuleValue } from "../../data/types";
import { Shape } from "../../parts/Icon";
import { NOTHING } from "../../format/units";

const VERDICTS = { holds: "holds", clear: "clear", no_data: "no data" } as const;

/** Labels that tell the series of one rule apart: those that all have alike are left out. */
export function telling(values: readonly RuleValue[]): (labels: RuleValue["labels"]) => string {
  const names = [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))].filter(
    name => name !== "__name__" && (values.length === 1 || new Set(values.map(({ labels }) => labels[name])).size > 1),
  );
  return labels => names.map(name => labels[name] ?? NOTHING).join(", ") || "the one series";
}

/** What a rule said of its series when it was last judged. */
export const RuleNow: Component<{ rule: Rule }> = props => {
  const values = createMemo(() =>
    [...(props.rule.values ?? [])].sort((a, b) => Number(b.verdict === "holds") - Number(a.verdict === "holds")),
  );
  const name = createMemo(() => telling(values()));
  return (
    <section class="panel" aria-label={props.rule.name}>
      <div class="ph">
        <h2>{props.rule.name} now</h2>
        <span class="more">{props.rule.series ?? 0} series</span>
      </div>
      <Show when={props.rule.error}>{error => <p class="diag small">{error()}</p>}</Show>
      <Show when={values().length > 0} fallback={<p class="small sec">no series matches what it selects</p>}>
        <table class="tbl flat dense">
          <tbody>
            <For each={values()}>
              {one => (
                <tr>
                  <td
                    class="name"
                    title={Object.entries(one.labels)
                      .map(([label, value]) => `${label}="${value}"`)
                      .join(", ")}
                  >
                    {name()(one.labels)}
                  </td>
                  <td class="num">{one.value === null ? NOTHING : +one.value.toPrecision(4)}</td>
                  <td class="num sec">
                    <span class="row verdict">
                      <Shape name={one.verdict === "holds" ? props.rule.severity : one.verdict === "clear" ? "ok" : "unknown"} />
                      {VERDICTS[one.verdict]}
                    </span>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
        <Show when={(props.rule.series ?? 0) > values().length}>
          <p class="small dim">and {(props.rule.series ?? 0) - values().length} more</p>
        </Show>
      </Show>
    </section>
  );
};
