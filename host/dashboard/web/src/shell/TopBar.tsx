import { Show, createMemo, type Component } from "solid-js";
import { useApp } from "../app";
import { Icon } from "../parts/Icon";
import { Counts, useFiring } from "./Counts";
import { LivePill } from "./LivePill";
import { ENTRIES } from "./pages";
import { RangeMenu } from "./RangeMenu";

/** As the keyboard at hand calls it. */
const FIND_KEY = /Mac|iP(hone|ad)/.test(navigator.userAgent) ? "⌘ K" : "Ctrl K";
const THEME_ICON = { dark: "moon", light: "sun", system: "auto" } as const;

export const TopBar: Component<{ find: () => void }> = props => {
  const app = useApp();
  const firing = useFiring();
  const title = createMemo(() => {
    if (app.page() === "") return app.host.status()?.machine.name ?? "This machine";
    return ENTRIES.find(entry => entry.page === app.page())?.title ?? "No such page";
  });
  return (
    <header class="top">
      <div class="site">
        <a href={app.href("")} data-page="" class="hide-phone">
          {app.host.status()?.site ?? "AutoBot host"}
        </a>
        <span class="sep hide-phone">/</span>
        <span class="trunc">{title()}</span>
      </div>
      <button type="button" class="find" onClick={() => props.find()}>
        <Icon name="search" />
        <span>Search or jump to</span>
        <kbd>{FIND_KEY}</kbd>
      </button>
      <Show when={app.page() === ""}>
        <RangeMenu />
      </Show>
      <LivePill />
      <Show when={firing().length > 0}>
        <a class="btn quiet hide-phone counts" href={app.href("alerts")} data-page="alerts">
          <Counts />
          <span class="vh">{firing().length === 1 ? "alert fires" : "alerts fire"}</span>
        </a>
      </Show>
      <button
        type="button"
        class="btn quiet icon"
        aria-label={`Theme: ${app.theme()}`}
        title={`Theme: ${app.theme()}`}
        onClick={() => app.nextTheme()}
      >
        <Icon name={THEME_ICON[app.theme()]} />
      </button>
    </header>
  );
};
