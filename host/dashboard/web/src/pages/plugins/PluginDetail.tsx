import { Show, type Component } from "solid-js";
import { useApp } from "../../app";
import { copy } from "../../chart/export";
import type { Plugin } from "../../data/types";
import { Shown } from "../../parts/Figure";
import { Icon, Shape } from "../../parts/Icon";
import { exact } from "../../format/time";
import { NOTHING, age, duration, grouped, micros, text } from "../../format/units";
import { useSay } from "../../shell/Toast";
import { Actions } from "./Actions";
import { CapabilityList } from "./CapabilityList";
import { LogLines } from "./LogLines";
import { refusedTo, wantedIn } from "./wanted";
import { reasonOf, shapeOf, shortHash, told, wordOf } from "./words";

/** One plugin in full: how it is and why, what can be done, what it may use, what it said, what it costs. */
export const PluginDetail: Component<{ plugin: Plugin; grant: (only?: string) => void; close: () => void }> = props => {
  return (
    <>
      <section class="panel lead">
        <div class="ph">
          <Shape name={shapeOf(props.plugin)} label={wordOf(props.plugin)} />
          <h2 class="trunc">{props.plugin.name}</h2>
          <Show when={props.plugin.version}>{version => <span class="dim small">{version()}</span>}</Show>
          <span class={`badge ${badge(props.plugin)}`}>{wordOf(props.plugin)}</span>
          <button type="button" class="btn quiet icon end" aria-label="Close" title="Close (Esc)" onClick={() => props.close()}>
            <Icon name="x" />
          </button>
        </div>
        <Show when={props.plugin.description}>{description => <p class="sec">{description()}</p>}</Show>
        <Show when={reasonOf(props.plugin)}>
          {reason => (
            <p class="why" classList={{ [`c-${shapeOf(props.plugin)}`]: shapeOf(props.plugin) !== "unknown" }}>
              {reason()}
            </p>
          )}
        </Show>
        <Show when={props.plugin.successor} keyed>
          {why => (
            <div class="diag warn trouble">
              <b>A newer file or newer settings are not run: </b>
              {told(why)}
              <div class="help">the version before goes on</div>
              <Show when={wantedIn(why).length > 0}>
                <button type="button" class="btn mini" onClick={() => props.grant()}>
                  Grant…
                </button>
              </Show>
            </div>
          )}
        </Show>
        <Actions plugin={props.plugin} grant={() => props.grant()} gone={props.close} />
      </section>
      <CapabilityList plugin={props.plugin} grant={props.grant} />
      <LogLines lines={props.plugin.log ?? []} />
      <Facts plugin={props.plugin} />
    </>
  );
};

const Facts: Component<{ plugin: Plugin }> = props => {
  const { host } = useApp();
  const say = useSay();
  const copied = (hash: string): void =>
    void copy(hash).then(done => say(done ? "Copied the SHA-256" : "The browser keeps the clipboard closed"));
  const share = (): number | undefined => {
    const took = props.plugin.last_duration_us;
    return took === null || took === undefined ? undefined : took / 1000 / props.plugin.interval_ms;
  };
  // What was refused on purpose is called in vain at every collection: that is no news.
  const unexpected = (): boolean => Boolean(props.plugin.denied_total) && refusedTo(props.plugin).length === 0;
  return (
    <section class="panel">
      <div class="ph">
        <h2>Figures</h2>
      </div>
      <dl class="kv">
        <dt>Last collect</dt>
        <dd>
          <Show when={props.plugin.last_collect_ms} fallback={<span class="dim">never</span>}>
            {last => <span title={exact(last())}>{age(host.clock() - last())} ago</span>}
          </Show>
          <span class="dim">, every {duration(props.plugin.interval_ms)}</span>
        </dd>
        <dt>It took</dt>
        <dd>
          <Shown of={micros(props.plugin.last_duration_us)} />
          <Show when={share() !== undefined}>
            <span class="dim">, {text(share(), "%")} of its interval</span>
          </Show>
        </dd>
        <dt>Series</dt>
        <dd>{grouped(String(props.plugin.series))}</dd>
        <dt>Samples</dt>
        <dd>{grouped(String(props.plugin.samples_total))}</dd>
        <dt>Restarts</dt>
        <dd>{props.plugin.restarts}</dd>
        <dt>Calls refused</dt>
        <dd classList={{ hot: unexpected(), medium: unexpected() }}>
          {props.plugin.denied_total === undefined ? NOTHING : grouped(String(props.plugin.denied_total))}
        </dd>
        <dt>File</dt>
        <dd class="mono">{props.plugin.file}</dd>
        <dt>SHA-256</dt>
        <dd>
          <Show when={props.plugin.hash} fallback={<span class="dim">not read</span>}>
            {hash => (
              <button type="button" class="plain mono hash" title={`${hash()}: copy`} onClick={() => copied(hash())}>
                {shortHash(hash())}
                <Icon name="copy" />
              </button>
            )}
          </Show>
        </dd>
      </dl>
    </section>
  );
};

function badge(plugin: Plugin): string {
  const shape = shapeOf(plugin);
  return shape === "high" || shape === "medium" ? shape : "";
}
