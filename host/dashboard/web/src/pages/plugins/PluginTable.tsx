import { For, Index, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Plugin, PluginCapability } from "../../data/types";
import { Shown } from "../../parts/Figure";
import { Icon, Shape } from "../../parts/Icon";
import { exact } from "../../format/time";
import { NOTHING, age, duration, grouped, micros } from "../../format/units";
import { scopeOf } from "./grant";
import { undecided } from "./wanted";
import { byUrgency, iconOf, incomplete, shapeOf, wordOf } from "./words";

/** Plugins that need attention first, then by name. */
export const PluginTable: Component<{
  plugins: Plugin[];
  selected: string | undefined;
  open: (name: string) => void;
}> = props => {
  const app = useApp();
  const { host } = app;
  const sorted = createMemo(() => byUrgency(props.plugins));
  // The link is what the keyboard and a new tab use; a press anywhere on its row does the same.
  const press = (event: MouseEvent, name: string): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || String(getSelection()) !== "") return;
    event.preventDefault();
    props.open(name);
  };
  return (
    <table class="tbl cards pressable">
      <thead>
        <tr>
          <th scope="col">Plugin</th>
          <th scope="col">State</th>
          <th scope="col">May use</th>
          <th scope="col" class="num c-sm">
            Interval
          </th>
          <th scope="col" class="num">
            Last collect
          </th>
          <th scope="col" class="num">
            Took
          </th>
          <th scope="col" class="num">
            Series
          </th>
          <th scope="col" class="num c-md">
            Samples
          </th>
          <th scope="col" class="num c-sm">
            Restarts
          </th>
        </tr>
      </thead>
      <tbody>
        <Index each={sorted()}>
          {plugin => (
            <tr aria-selected={plugin().name === props.selected} onClick={event => press(event, plugin().name)}>
              <td class="first" title={plugin().description ?? undefined}>
                <span class="row">
                  <Shape name={shapeOf(plugin())} label={wordOf(plugin())} />
                  <a class="plain" data-row={plugin().name} href={app.href("plugins", { plugin: plugin().name })}>
                    {plugin().name}
                  </a>
                  <span class="dim small">{plugin().version}</span>
                </span>
                <span class="sub mono" title={plugin().hash ? `${plugin().file}, sha256 ${plugin().hash}` : plugin().file}>
                  {plugin().file}
                </span>
                <Show when={incomplete(plugin()) && plugin().reason}>
                  {reason => <span class="sub c-medium wrap">{reason()}</span>}
                </Show>
                <Show when={plugin().successor}>
                  <span class="sub c-medium wrap">a newer file is not run</span>
                </Show>
              </td>
              <td
                classList={{
                  dim: shapeOf(plugin()) === "ok" || plugin().state === "disabled",
                  "c-high": shapeOf(plugin()) === "high",
                  "c-medium": shapeOf(plugin()) === "medium",
                }}
              >
                {wordOf(plugin())}
              </td>
              <td class="brk">
                <Capabilities of={plugin()} />
              </td>
              <td class="num sec c-sm hide">{duration(plugin().interval_ms)}</td>
              <td class="num" data-l="last">
                <Show when={plugin().last_collect_ms} fallback={<span class="dim">{NOTHING}</span>}>
                  {last => <span title={exact(last())}>{age(host.clock() - last())} ago</span>}
                </Show>
              </td>
              <td class="num" data-l="took">
                <Shown of={micros(plugin().last_duration_us)} />
              </td>
              <td class="num" data-l="series">
                {grouped(String(plugin().series))}
              </td>
              <td class="num sec c-md hide">{grouped(String(plugin().samples_total))}</td>
              <td class="num sec c-sm hide">{plugin().restarts}</td>
            </tr>
          )}
        </Index>
      </tbody>
    </table>
  );
};

const Capabilities: Component<{ of: Plugin }> = props => (
  <span class="row caps sec">
    <For each={props.of.capabilities} fallback={<span class="dim">nothing</span>}>
      {capability => (
        <span
          class="row small cap"
          classList={{ refused: undecided(props.of).includes(capability.name), dim: !capability.granted }}
          title={hover(props.of, capability)}
        >
          <Icon name={iconOf(capability.name)} />
          {capability.name}
          <Show when={!capability.granted}> {standsAs(props.of, capability)}</Show>
        </span>
      )}
    </For>
    <Show when={props.of.runtime}>{runtime => <span class="dim small">runtime: {runtime()}</span>}</Show>
  </span>
);

/** What a capability is for, and what of it is granted. */
function hover(plugin: Plugin, capability: PluginCapability): string {
  const where = scopeOf(capability.scope).join(", ");
  return [capability.description, `${standsAs(plugin, capability)}${where ? `: ${where}` : ""}`].filter(Boolean).join("; ");
}

function standsAs(plugin: Plugin, { name, granted }: PluginCapability): string {
  if (granted) return "granted";
  return undecided(plugin).includes(name) ? "not granted" : "refused";
}
