import { Show, createMemo, type Component } from "solid-js";
import { useApp } from "../app";
import { Icon } from "../parts/Icon";
import { Counts, useFiring } from "./Counts";
import { LivePill } from "./LivePill";
import { ENTRIES } from "./pages";
import { RangeMenu } from "./RangeMenu";

const THEME_ICON = { dark: "moon", light: "sun", system: "auto" } as const;

export const TopBar: Component<{ find: () => void }> = props => {
  const app = useApp();
  const firing = useFiring();
  const title = createMemo(() => {
    if (app.page() === "") return app.host.status()?.machine.name ?? "This machine";
    return ENTRIES.find(entry => entry.page === app.page())?.title ?? "No such page";
  });
  const said = createMemo(() => `Alerts firing: ${firing().map(({ count, severity }) => `${count} ${severity}`).join(", ")}`);
  return (
    <header class="top">
      <div class="site">
        <a href={app.href("")} data-page="" class="hide-phone">
          {app.host.status()?.site ?? "AutoBot host"}
        </a>
        <span class="sep hide-phone">/</span>
        <span class="trunc">{title()}</span>
      </div>
      <button type="button" class="find" aria-label="Search or jump to" onClick={() => props.find()}>
        <Icon name="search" />
        <span>Search or jump to</span>
        <kbd>Ctrl K</kbd>
      </button>
      <Show when={app.page() === ""}>
        <RangeMenu />
      </Show>
      <LivePill />
      <Show when={firing().length > 0}>
        <a class="btn quiet hide-phone counts" href={app.href("alerts")} data-page="alerts" aria-label={said()}>
          <Counts />
        </a>
      </Show>
      <button type="button" class="btn quiet icon" aria-label={`Theme: ${app.theme()}`} title={`Theme: ${app.theme()}`} onClick={() => app.nextTheme()}>
        <Icon name={THEME_ICON[app.theme()]} />
      </button>
    </header>
  );
};
