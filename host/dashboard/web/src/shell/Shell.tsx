import { Match, Show, Suspense, Switch, createEffect, createSignal, lazy, onCleanup, onMount, type Component } from "solid-js";
import { useApp } from "../app";
import Machine from "../pages/machine/Machine";
import { State } from "../parts/State";
import { Banner } from "./Banner";
import { commands } from "./commands";
import { Help } from "./Help";
import { listen } from "./keys";
import { Bottom, Nav } from "./Nav";
import { ENTRIES } from "./pages";
import { Palette } from "./Palette";
import { Toasts } from "./Toast";
import { TopBar } from "./TopBar";

/** An address that names nothing: say so, and offer the way back. */
const NoPage: Component = () => {
  const app = useApp();
  return (
    <>
      <div class="head">
        <h1>No such page</h1>
      </div>
      <State
        class="fill"
        title="Nothing is here"
        detail={`${location.pathname} names none of the pages of this host`}
        action={{ label: "This machine", run: () => app.go("") }}
      />
    </>
  );
};

const Alerts = lazy(() => import("../pages/alerts/Alerts"));
const Rules = lazy(() => import("../pages/rules/Rules"));
const Plugins = lazy(() => import("../pages/plugins/Plugins"));

/** Navigation, top bar and one page; links stay within the page unless they are to open elsewhere. */
export const Shell: Component = () => {
  const app = useApp();
  const [open, setOpen] = createSignal<"palette" | "help">();
  const close = (): void => void setOpen(undefined);

  onMount(() => {
    onCleanup(listen(app, { palette: () => setOpen("palette"), help: () => setOpen("help") }));
  });
  createEffect(() => {
    const title = ENTRIES.find(entry => entry.page === app.page())?.title ?? "No such page";
    const firing = (app.host.alerts() ?? []).filter(alert => alert.state === "firing").length;
    const name = app.page() === "" ? (app.host.status()?.machine.name ?? title) : title;
    document.title = `${firing ? `(${firing}) ` : ""}${name} · AutoBot host`;
  });
  const follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-page]");
    if (!link) return;
    event.preventDefault();
    const entry = ENTRIES.find(({ page }) => page === link.dataset["page"]);
    const { alert, plugin, q } = link.dataset;
    if (entry) app.go(entry.page, { ...(alert ? { alert } : {}), ...(plugin ? { plugin } : {}), ...(q ? { q } : {}) });
  };

  return (
    <Toasts>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <div class="shell" onClick={follow}>
        <Nav />
        <div class="page">
          <TopBar find={() => setOpen("palette")} />
          <Banner />
          <main id="main" class="page grow" tabindex="-1">
            <Suspense
              fallback={
                <div class="head">
                  <span class="skel w3" />
                </div>
              }
            >
              <Switch fallback={<NoPage />}>
                <Match when={app.page() === ""}>
                  <Machine />
                </Match>
                <Match when={app.page() === "alerts"}>
                  <Alerts />
                </Match>
                <Match when={app.page() === "rules"}>
                  <Rules />
                </Match>
                <Match when={app.page() === "plugins"}>
                  <Plugins />
                </Match>
              </Switch>
            </Suspense>
          </main>
        </div>
        <Bottom />
      </div>
      <Show when={open() === "palette"}>
        <Palette commands={commands(app, () => setOpen("help"))} close={close} />
      </Show>
      <Show when={open() === "help"}>
        <Help close={close} />
      </Show>
    </Toasts>
  );
};
