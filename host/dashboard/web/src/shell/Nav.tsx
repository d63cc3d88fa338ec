import { For, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../app";
import { text } from "../format/units";
import { Brand, Icon, Shape } from "../parts/Icon";
import { Counts, useFiring } from "./Counts";
import { ENTRIES, type PageEntry } from "./pages";

const GROUPS = ["", "Act", "Host"];

const Count: Component<{ entry: PageEntry }> = props => {
  const { host } = useApp();
  const count = createMemo(() => {
    if (props.entry.page === "rules") return host.rules()?.rules.length;
    return props.entry.page === "plugins" ? host.plugins()?.length : undefined;
  });
  return (
    <Show
      when={props.entry.page === "alerts"}
      fallback={<Show when={count()}>{number => <span class="n">{number()}</span>}</Show>}
    >
      <span class="n">
        <Counts />
      </span>
    </Show>
  );
};

/** The side bar: pages by group, and what the host itself costs. */
export const Nav: Component = () => {
  const app = useApp();
  const foot = createMemo(() => {
    const status = app.host.status();
    return status
      ? [`${status.site}, v${status.version}`, `${text(status.own.cpu_ratio, "%")} CPU, ${text(status.own.resident_bytes, "B")}`]
      : [];
  });
  return (
    <aside class="nav" aria-label="AutoBot host">
      <a class="brand" href={app.href("")} data-page="">
        <Brand />
        <span>AutoBot host</span>
      </a>
      <nav aria-label="Pages">
        <For each={GROUPS}>
          {group => (
            <div>
              <Show when={group}>
                <h2>{group}</h2>
              </Show>
              <For each={ENTRIES.filter(entry => entry.group === group)}>
                {entry => (
                  <a
                    href={app.href(entry.page)}
                    data-page={entry.page}
                    title={entry.title}
                    aria-current={app.page() === entry.page ? "page" : undefined}
                  >
                    <Icon name={entry.icon} />
                    <span>{entry.title}</span>
                    <Count entry={entry} />
                  </a>
                )}
              </For>
            </div>
          )}
        </For>
      </nav>
      <div class="foot">
        <For each={foot()}>{line => <div>{line}</div>}</For>
      </div>
    </aside>
  );
};

/** On a phone, within the thumb. */
export const Bottom: Component = () => {
  const app = useApp();
  const firing = useFiring();
  return (
    <nav class="bottom" aria-label="Pages">
      <For each={ENTRIES}>
        {entry => (
          <a href={app.href(entry.page)} data-page={entry.page} aria-current={app.page() === entry.page ? "page" : undefined}>
            <Icon name={entry.icon} />
            <span>{entry.title}</span>
            <Show when={entry.page === "alerts" && firing()[0]}>
              {worst => (
                <span class="n">
                  <Shape name={worst().severity} label={`${worst().count} ${worst().severity}`} />
                </span>
              )}
            </Show>
          </a>
        )}
      </For>
    </nav>
  );
};
