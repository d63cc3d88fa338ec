import { Show, createMemo, createSignal, onCleanup, onMount, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Plugin } from "../../data/types";
import { Shape } from "../../parts/Icon";
import { SkeletonRows, State } from "../../parts/State";
import { text } from "../../format/units";
import { useSay } from "../../shell/Toast";
import { AddDialog } from "./AddDialog";
import { Attention } from "./Attention";
import { Costs } from "./Costs";
import { DeedsProvider, createDeeds } from "./deeds";
import { Drop } from "./Drop";
import { GrantDialog } from "./GrantDialog";
import { PluginDetail } from "./PluginDetail";
import { PluginTable } from "./PluginTable";
import { failureOf, sentence, worst } from "./words";
import "../../styles/plugins.css";

/** Every plugin: whether it runs, what it may use, what it costs. A file comes in here, and one plugin is led from here. */
const Plugins: Component = () => {
  const app = useApp();
  const { host } = app;
  onCleanup(host.keepFresh());
  const deeds = createDeeds(app, useSay());
  const [file, setFile] = createSignal<File>();
  const [installing, setInstalling] = createSignal(false);
  const [granting, setGranting] = createSignal<{ plugin: Plugin; only: string | undefined }>();
  let choose: () => void = () => undefined;

  const named = (): string | undefined => app.params().get("plugin") ?? undefined;
  const selected = createMemo(() => host.plugins()?.find(({ name }) => name === named()));
  // What the detail shows while it is taken off the page: a plugin that is gone is still read then.
  const shown = createMemo<Plugin | undefined>(before => selected() ?? before);

  const open = (name: string): void => {
    const first = named() === undefined;
    app.setParam("plugin", name, first ? "push" : "replace");
    // Where the detail stands in place of the list, it begins at its top.
    if (first && !matchMedia("(min-width: 1181px)").matches) scrollTo(0, 0);
  };
  const close = (): void => {
    const name = named();
    app.setParam("plugin", undefined);
    if (name !== undefined) document.querySelector<HTMLElement>(`[data-row="${CSS.escape(name)}"]`)?.focus();
  };
  const grant = (name: string, only?: string): void => {
    const plugin = host.plugins()?.find(one => one.name === name);
    if (plugin) setGranting({ plugin, only });
  };
  // Before the keys of the whole page, where Esc leaves a zoom.
  const escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || named() === undefined || !(event.target instanceof Element)) return;
    if (event.target.closest("[role=dialog], .menu-box, input, textarea") || document.querySelector("[role=dialog]")) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  onMount(() => {
    document.addEventListener("keydown", escape, true);
    onCleanup(() => document.removeEventListener("keydown", escape, true));
  });

  return (
    <DeedsProvider value={deeds}>
      <Show when={host.plugins()} fallback={<NotYet />}>
        {all => (
          <>
            <div class="head">
              <h1>
                <Shape name={worst(all())} />
                {sentence(all())}
              </h1>
              <p class="hide-phone">
                {text(
                  all().reduce((sum, plugin) => sum + plugin.series, 0),
                  "1",
                )}{" "}
                series
              </p>
              <span class="end row actions">
                <Drop
                  take={dropped => installing() || granting() || setFile(() => dropped)}
                  ready={open => {
                    choose = open;
                  }}
                />
              </span>
            </div>
            <div class="split plugins" classList={{ open: named() !== undefined }}>
              <div class="list">
                <Attention plugins={all()} open={open} grant={grant} />
                <Show
                  when={all().length > 0}
                  fallback={
                    <State
                      class="fill"
                      title="Nothing is measured without one"
                      detail="drop a .wasm file here, or put one into the folder of plugins; it is found there by itself"
                      action={{ label: "Choose a file", run: () => choose() }}
                    />
                  }
                >
                  <PluginTable plugins={all()} selected={named()} open={open} />
                  <Costs />
                </Show>
              </div>
              <Show when={named() !== undefined}>
                <aside aria-label={`Plugin ${named() ?? ""}`}>
                  <Show
                    when={selected() !== undefined}
                    fallback={
                      <State
                        class="fill"
                        title={`There is no plugin ${named() ?? ""}`}
                        detail="it was removed, or has another name now"
                        action={{ label: "All plugins", run: close }}
                      />
                    }
                  >
                    <PluginDetail plugin={shown() as Plugin} grant={only => grant(named() ?? "", only)} close={close} />
                  </Show>
                </aside>
              </Show>
            </div>
          </>
        )}
      </Show>
      <Show when={file()} keyed>
        {chosen => (
          <AddDialog
            file={chosen}
            busy={installing()}
            setBusy={setInstalling}
            another={() => choose()}
            close={() => setFile(undefined)}
            installed={name => {
              setFile(undefined);
              open(name);
            }}
          />
        )}
      </Show>
      <Show when={granting()} keyed>
        {one => <GrantDialog plugin={one.plugin} only={one.only} close={() => setGranting(undefined)} />}
      </Show>
    </DeedsProvider>
  );
};

/** Nothing to show yet, or nothing that may be shown. */
const NotYet: Component = () => {
  const { host } = useApp();
  return (
    <Show
      when={host.pluginsFailure()}
      keyed
      fallback={
        <>
          <div class="head">
            <span class="skel w3" />
          </div>
          <SkeletonRows rows={5} />
        </>
      }
    >
      {failure => (
        <>
          <div class="head">
            <h1>Plugins</h1>
          </div>
          <State
            class="fill"
            shape="high"
            title={failureOf(failure).message}
            detail={failure.status === 0 ? "the plugins appear here when it does" : failure.help}
            action={{ label: "Retry", run: () => host.retry() }}
          />
        </>
      )}
    </Show>
  );
};

export default Plugins;
