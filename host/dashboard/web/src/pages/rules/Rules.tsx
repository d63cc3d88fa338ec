import { For, Show, createMemo, onCleanup, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Rules as Loaded } from "../../data/types";
import { Filter, matches } from "../../parts/Filter";
import { Shape } from "../../parts/Icon";
import { SkeletonRows, State } from "../../parts/State";
import { exact, moment } from "../../format/time";
import { FileCard } from "./FileCard";
import { RuleNow } from "./RuleNow";
import { RuleTable, byUrgency } from "./RuleTable";

/** Rule files with what is wrong in them, and every rule with its state, its cost and its last evaluation. */
const Rules: Component = () => {
  const app = useApp();
  const query = (): string => app.params().get("q") ?? "";
  const setQuery = (text: string): void => app.setParam("q", text || undefined);
  const rules = app.host.rules;
  onCleanup(app.host.keepFresh());
  const found = createMemo(() =>
    (rules()?.rules ?? []).filter(rule => matches(query(), rule.name, rule.file, rule.state, rule.severity)),
  );
  const selected = createMemo(() => found().find(rule => rule.name === app.params().get("rule")) ?? byUrgency(found())[0]);
  const broken = createMemo(() => (rules()?.files ?? []).filter(file => file.state === "broken").length);
  const files = createMemo(() =>
    [...(rules()?.files ?? [])].sort(
      (a, b) =>
        Number(b.state === "broken") - Number(a.state === "broken") ||
        b.diagnostics.length - a.diagnostics.length ||
        a.path.localeCompare(b.path),
    ),
  );
  return (
    <Show when={rules()} fallback={<SkeletonRows rows={8} />}>
      {loaded => (
        <>
          <div class="head">
            <h1>
              <Shape name={broken() ? "high" : "ok"} />
              {sentence(loaded(), broken())}
            </h1>
            <p title={exact(loaded().loaded_ms)}>
              generation {loaded().generation}, loaded {moment(loaded().loaded_ms, app.host.clock())}; saved files are read at
              once
            </p>
          </div>
          <Show when={broken() > 0}>
            <div class="banner high" role="status">
              <Shape name="high" label="broken" />
              <span>
                <b>{broken() === 1 ? "A file cannot be used" : `${broken()} files cannot be used`}</b>; the rules of the last good
                version keep running.
              </span>
            </div>
          </Show>
          <div class="split rules" classList={{ broken: files().some(file => file.diagnostics.length > 0) }}>
            <div>
              <div class="bar">
                <Filter
                  label={`${loaded().rules.length} rules in ${loaded().files.length} ${loaded().files.length === 1 ? "file" : "files"}`}
                  value={query()}
                  change={setQuery}
                  class="grow"
                />
              </div>
              <Show
                when={loaded().rules.length > 0}
                fallback={
                  <State title="No rules" detail="put a .rhai file into the folder of rules; it is read when it is saved" />
                }
              >
                <Show
                  when={found().length > 0}
                  fallback={
                    <State
                      icon="filter"
                      title={`0 of ${loaded().rules.length} rules`}
                      detail={`match ${query()}`}
                      action={{ label: "Clear the filter", run: () => setQuery("") }}
                    />
                  }
                >
                  <RuleTable rules={found()} selected={selected()?.name} select={name => app.setParam("rule", name)} />
                </Show>
              </Show>
            </div>
            <aside aria-label="Rule and files">
              <Show when={selected()}>{rule => <RuleNow rule={rule()} />}</Show>
              <For each={files()}>
                {file => <FileCard file={file} rules={loaded().rules.filter(rule => rule.file === file.path).length} />}
              </For>
            </aside>
          </div>
        </>
      )}
    </Show>
  );
};

function sentence(loaded: Loaded, broken: number): string {
  const count = (state: string): number => loaded.rules.filter(rule => rule.state === state).length;
  const parts = [
    `${loaded.rules.length} ${loaded.rules.length === 1 ? "rule" : "rules"}`,
    ...(["firing", "pending", "broken"] as const).map(state => (count(state) ? `${count(state)} ${state}` : "")),
    broken ? `${broken} of ${loaded.files.length} files broken` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

export default Rules;
