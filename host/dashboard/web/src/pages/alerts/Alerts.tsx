import { For, Show, createMemo, createSignal, onCleanup, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Alert, AlertState } from "../../data/types";
import { Filter, matches } from "../../parts/Filter";
import { SkeletonRows, State } from "../../parts/State";
import { worstFirst } from "../machine/Headline";
import { AlertDetail } from "./AlertDetail";
import { AlertList } from "./AlertList";

const STATES: readonly { state: AlertState; label: string }[] = [
  { state: "firing", label: "Firing" },
  { state: "pending", label: "Pending" },
  { state: "no_data", label: "No data" },
  { state: "resolved", label: "Resolved" },
];

/** All alerts by state, the worst first, with one of them in full beside. */
const Alerts: Component = () => {
  const app = useApp();
  const [query, setQuery] = createSignal("");
  const known = app.host.alerts;
  onCleanup(app.host.keepFresh());
  const found = createMemo(() =>
    worstFirst(known() ?? []).filter(alert =>
      matches(query(), alert.summary, alert.rule, alert.severity, alert.state, ...Object.values(alert.labels)),
    ),
  );
  const chosen = createMemo<AlertState | undefined>(() => STATES.find(({ state }) => state === app.params().get("state"))?.state);
  const sections = createMemo(() =>
    STATES.filter(({ state }) => chosen() === undefined || chosen() === state)
      .map(section => ({
        ...section,
        alerts: inTime(
          section.state,
          found().filter(alert => alert.state === section.state),
        ),
      }))
      .filter(({ alerts }) => alerts.length > 0),
  );
  const selected = createMemo<Alert | undefined>(() => {
    const shown = sections().flatMap(({ alerts }) => alerts);
    return shown.find(alert => alert.id === app.params().get("alert")) ?? shown[0];
  });
  const count = (state: AlertState): number => (known() ?? []).filter(alert => alert.state === state).length;
  const choose = (state: AlertState): void => app.setParam("state", chosen() === state ? undefined : state);
  return (
    <>
      <div class="head">
        <h1>{sentence(count("firing"), count("pending"))}</h1>
        <p>{known() && known()?.length === 0 ? "since the host started" : ""}</p>
      </div>
      <div class="bar">
        <span class="seg" role="group" aria-label="State">
          <For each={STATES}>
            {({ state, label }) => (
              <button type="button" aria-pressed={chosen() === state} onClick={() => choose(state)}>
                {label} <b>{count(state)}</b>
              </button>
            )}
          </For>
        </span>
        <Filter label="Filter: severity, label, rule" value={query()} change={setQuery} class="hide-phone wide-field" />
      </div>
      <Show when={known()} fallback={<SkeletonRows rows={6} />}>
        <Show
          when={selected()}
          fallback={
            <Nothing
              filtered={query() !== "" || chosen() !== undefined}
              clear={() => {
                setQuery("");
                app.setParam("state", undefined);
              }}
              total={known()?.length ?? 0}
            />
          }
        >
          {alert => (
            <div class="split left alerts">
              <AlertList sections={sections()} selected={alert().id} />
              <AlertDetail alert={alert()} />
            </div>
          )}
        </Show>
      </Show>
    </>
  );
};

/** Resolved ones are read from the newest on; the others stay by severity. */
function inTime(state: AlertState, alerts: Alert[]): Alert[] {
  return state === "resolved" ? alerts.sort((a, b) => (b.resolved_ms ?? 0) - (a.resolved_ms ?? 0)) : alerts;
}

function sentence(firing: number, pending: number): string {
  const waiting = pending === 0 ? "" : `, ${pending} pending`;
  if (firing === 0) return `No alert fires${waiting}`;
  return `${firing} ${firing === 1 ? "alert fires" : "alerts fire"}${waiting}`;
}

const Nothing: Component<{ filtered: boolean; clear: () => void; total: number }> = props => (
  <Show
    when={props.filtered && props.total > 0}
    fallback={
      <State
        class="fill"
        shape="ok"
        title="Nothing has fired"
        detail="rules are judged all the time; what they find appears here by itself"
      />
    }
  >
    <State
      class="fill"
      icon="filter"
      title={`0 of ${props.total} alerts`}
      detail="match the filter"
      action={{ label: "Clear the filter", run: props.clear }}
    />
  </Show>
);

export default Alerts;
