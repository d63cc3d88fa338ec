import { Index, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../app";
import { SEVERITIES, type Rule, type RuleState } from "../../data/types";
import { Shown } from "../../parts/Figure";
import { Shape, type ShapeName } from "../../parts/Icon";
import { exact } from "../../format/time";
import { NOTHING, age, micros } from "../../format/units";

const URGENCY: readonly RuleState[] = ["broken", "firing", "pending", "no_data", "inactive"];
const WORDS: Readonly<Record<RuleState, string>> = {
  broken: "broken",
  firing: "firing",
  pending: "pending",
  no_data: "no data",
  inactive: "inactive",
};

function shapeOf(rule: Rule): ShapeName {
  if (rule.state === "firing") return rule.severity;
  if (rule.state === "broken") return "high";
  return rule.state === "inactive" ? "ok" : "unknown";
}

/** Rules that say something first, then by severity and name. */
export function byUrgency(rules: readonly Rule[]): Rule[] {
  return [...rules].sort(
    (a, b) =>
      URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state) ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      a.name.localeCompare(b.name),
  );
}

export const RuleTable: Component<{ rules: Rule[]; selected: string | undefined; select: (name: string) => void }> = props => {
  const { host } = useApp();
  const sorted = createMemo(() => byUrgency(props.rules));
  return (
    <table class="tbl cards">
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">State</th>
          <th scope="col" class="c-sm">
            Severity
          </th>
          <th scope="col" class="num">
            Series
          </th>
          <th scope="col" class="num">
            Alerts
          </th>
          <th scope="col" class="num">
            Cost
          </th>
          <th scope="col" class="num">
            Evaluated
          </th>
          <th scope="col" class="c-lg">
            File
          </th>
        </tr>
      </thead>
      <tbody>
        <Index each={sorted()}>
          {rule => (
            <tr aria-selected={rule().name === props.selected} onClick={() => props.select(rule().name)}>
              <td class="first">
                <span class="row">
                  <Shape name={shapeOf(rule())} label={rule().state === "firing" ? rule().severity : WORDS[rule().state]} />
                  <button type="button" data-row class="plain strong trunc">
                    {rule().name}
                  </button>
                </span>
                <Show when={rule().error}>{error => <span class="sub c-high">{error()}</span>}</Show>
              </td>
              <td classList={{ dim: rule().state === "inactive" }}>{WORDS[rule().state]}</td>
              <td class="sec c-sm hide">{rule().severity}</td>
              <td class="num sec" data-l="series">
                {rule().series ?? NOTHING}
              </td>
              <td class="num" data-l="alerts">
                {rule().alerts || <span class="dim">{NOTHING}</span>}
              </td>
              <td class="num" data-l="cost">
                <Shown of={micros(rule().cost_us)} />
              </td>
              <td class="num sec" data-l="evaluated">
                <Show when={rule().last_evaluated_ms} fallback={NOTHING}>
                  {last => <span title={exact(last())}>{age(host.clock() - last())} ago</span>}
                </Show>
              </td>
              <td class="mono dim c-lg hide">
                {rule().file}:{rule().line}
              </td>
            </tr>
          )}
        </Index>
      </tbody>
    </table>
  );
};
