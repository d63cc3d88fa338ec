import { For, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../app";
import { between } from "../../data/range";
import type { Alert } from "../../data/types";
import { Icon, Shape } from "../../parts/Icon";
import { exact, moment } from "../../format/time";
import { duration } from "../../format/units";
import { STATE_WORDS, shapeOf } from "./AlertList";

const QUARTER = 15 * 60_000;

/** One alert in full: what, where, since when, by which rule. */
export const AlertDetail: Component<{ alert: Alert }> = props => {
  const app = useApp();
  const rule = createMemo(() => app.host.rules()?.rules.find(rule => rule.name === props.alert.rule));
  const now = (): number => app.host.clock();
  const end = (): number => props.alert.resolved_ms ?? now();
  const look = (): void => {
    app.setRange(between(props.alert.since_ms - QUARTER, Math.min(now(), end() + QUARTER)));
    app.go("");
  };
  return (
    <div id="alert">
      <div class="head">
        <h1>
          <Shape name={shapeOf(props.alert)} label={props.alert.severity} />
          {props.alert.summary}
        </h1>
        <span
          class={`badge ${props.alert.state === "firing" ? props.alert.severity : props.alert.state === "resolved" ? "better" : ""}`}
        >
          {STATE_WORDS[props.alert.state]} {props.alert.state === "resolved" ? "" : duration(now() - props.alert.since_ms)}
        </span>
        <span class="end row actions">
          <button type="button" class="btn" onClick={look}>
            <Icon name="machine" />
            Charts round its start
          </button>
        </span>
      </div>
      <Show when={props.alert.detail}>
        {detail => (
          <section class="panel">
            <p>{detail()}</p>
          </section>
        )}
      </Show>
      <section class="panel">
        <dl class="kv">
          <dt>Severity</dt>
          <dd>{props.alert.severity}</dd>
          <Show when={props.alert.value !== null && props.alert.value !== undefined}>
            <dt>Value</dt>
            <dd>{typeof props.alert.value === "number" ? +props.alert.value.toPrecision(6) : props.alert.value}</dd>
          </Show>
          <dt>Since</dt>
          <dd title={exact(props.alert.since_ms)}>{moment(props.alert.since_ms, now())}</dd>
          <Show when={props.alert.resolved_ms}>
            {resolved => (
              <>
                <dt>Resolved</dt>
                <dd title={exact(resolved())}>
                  {moment(resolved(), now())}, after {duration(resolved() - props.alert.since_ms)}
                </dd>
              </>
            )}
          </Show>
          <dt>Rule</dt>
          <dd>
            <a class="link" href={app.href("rules", { q: props.alert.rule })} data-page="rules" data-q={props.alert.rule}>
              {props.alert.rule}
            </a>
            <Show when={rule()}>
              {of => (
                <span class="dim mono">
                  {" "}
                  {of().file}:{of().line}
                </span>
              )}
            </Show>
          </dd>
          <Show when={props.alert.runbook}>
            {runbook => (
              <>
                <dt>Runbook</dt>
                <dd class="mono">
                  {/^https?:\/\//.test(runbook()) ? (
                    <a class="link" href={runbook()} rel="noreferrer" target="_blank">
                      {runbook()}
                    </a>
                  ) : (
                    runbook()
                  )}
                </dd>
              </>
            )}
          </Show>
        </dl>
      </section>
      <section class="panel">
        <div class="ph">
          <h2>Labels</h2>
        </div>
        <Show when={Object.keys(props.alert.labels).length > 0} fallback={<p class="dim">none</p>}>
          <dl class="kv">
            <For each={Object.entries(props.alert.labels)}>
              {([name, value]) => (
                <>
                  <dt class="mono">{name}</dt>
                  <dd class="mono">{value}</dd>
                </>
              )}
            </For>
          </dl>
        </Show>
      </section>
    </div>
  );
};
