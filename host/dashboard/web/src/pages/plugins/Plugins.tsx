import { For, Show, createMemo, onCleanup, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Plugin, PluginState } from "../../data/types";
import { Shape } from "../../parts/Icon";
import { SkeletonRows, State } from "../../parts/State";
import { moment } from "../../format/time";
import { text } from "../../format/units";
import { PluginTable } from "./PluginTable";
import { BAD, WORDS } from "./words";

/** Every plugin: whether it runs, what it may use, what it costs. Those that do not run come first, with the reason. */
const Plugins: Component = () => {
  const app = useApp();
  const plugins = app.host.plugins;
  onCleanup(app.host.keepFresh());
  const bad = createMemo(() => (plugins() ?? []).filter(plugin => BAD.includes(plugin.state)));
  return (
    <Show when={plugins()} fallback={<SkeletonRows rows={5} />}>
      {all => (
        <>
          <div class="head">
            <h1>
              <Shape name={bad().length > 0 ? "high" : "ok"} />
              {sentence(all())}
            </h1>
            <p>
              {text(
                all().reduce((sum, plugin) => sum + plugin.series, 0),
                "1",
              )}{" "}
              series
            </p>
          </div>
          <For each={bad()}>
            {plugin => (
              <div class="banner high" role="status">
                <Shape name="high" label={WORDS[plugin.state]} />
                <span>
                  <b>
                    {plugin.name} is {WORDS[plugin.state]}
                  </b>
                  <Show when={plugin.reason}>{reason => <>: {reason()}</>}</Show>.
                  <Show when={plugin.last_collect_ms}>
                    {last => <span class="sec"> Its last good sample is from {moment(last(), app.host.clock())}.</span>}
                  </Show>
                </span>
              </div>
            )}
          </For>
          <Show
            when={all().length > 0}
            fallback={
              <State
                class="fill"
                title="No plugins"
                detail="put a .wasm file into the folder of plugins and name it in the configuration"
              />
            }
          >
            <PluginTable plugins={all()} />
          </Show>
        </>
      )}
    </Show>
  );
};

function sentence(plugins: readonly Plugin[]): string {
  const states: readonly PluginState[] = ["quarantined", "refused", "backing_off", "starting", "disabled"];
  const counts = states
    .map(state => ({ state, count: plugins.filter(plugin => plugin.state === state).length }))
    .filter(({ count }) => count > 0);
  return [
    `${plugins.length} ${plugins.length === 1 ? "plugin" : "plugins"}`,
    ...counts.map(({ state, count }) => `${count} ${WORDS[state]}`),
  ].join(", ");
}

export default Plugins;
