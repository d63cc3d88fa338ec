import { Show, createSignal, type Component } from "solid-js";
import type { PluginVerb } from "../../data/api";
import type { Plugin } from "../../data/types";
import { Confirm } from "./Confirm";
import { UNDER_WAY, useDeeds } from "./deeds";
import { Trouble } from "./Trouble";
import { waits } from "./words";

/** What can be done to a plugin. While one thing is under way the others wait. */
export const Actions: Component<{ plugin: Plugin; grant: () => void; gone: () => void }> = props => {
  const deeds = useDeeds();
  const [removing, setRemoving] = createSignal(false);
  const name = (): string => props.plugin.name;
  const busy = (): boolean => deeds.busy(name()) !== undefined;
  const act = (verb: PluginVerb): void => void (busy() || deeds.act(props.plugin, verb));
  const Verb: Component<{ verb: PluginVerb; label: string; primary?: boolean; title?: string }> = button => (
    <button
      type="button"
      class="btn"
      classList={{ primary: button.primary === true }}
      title={button.title}
      aria-disabled={busy()}
      onClick={() => act(button.verb)}
    >
      {deeds.busy(name()) === button.verb ? UNDER_WAY[button.verb] : button.label}
    </button>
  );
  return (
    <>
      <div class="deed-row" role="group" aria-label={`What can be done to ${name()}`} aria-busy={busy()}>
        <Show when={waits(props.plugin)}>
          <button type="button" class="btn primary" aria-disabled={busy()} onClick={() => !busy() && props.grant()}>
            Grant…
          </button>
        </Show>
        <Show
          when={props.plugin.state !== "disabled"}
          fallback={<Verb verb="enable" label="Switch on" primary title="it runs again, and after a restart of the host too" />}
        >
          <Show when={!waits(props.plugin)}>
            <Show
              when={props.plugin.state === "quarantined"}
              fallback={<Verb verb="restart" label="Restart" title="it is made anew" />}
            >
              <Verb verb="restart" label="Release" primary title="it is made anew, and may fail as often as before" />
            </Show>
          </Show>
          <Verb verb="disable" label="Switch off" title="it stops, and stays stopped over restarts of the host" />
        </Show>
        <Verb verb="rollback" label="Roll back" title="the file that ran well before this one is put back" />
        <button type="button" class="btn danger" aria-disabled={busy()} onClick={() => !busy() && setRemoving(true)}>
          {deeds.busy(name()) === "remove" ? UNDER_WAY.remove : "Remove…"}
        </button>
      </div>
      <Trouble failure={removing() ? undefined : deeds.failure(name())} />
      <Show when={removing()}>
        <Confirm
          title={`Remove ${name()}`}
          label="Remove it"
          busy={busy() ? UNDER_WAY.remove : false}
          failure={deeds.failure(name())}
          close={() => setRemoving(false)}
          run={() => {
            const { gone } = props;
            void deeds.remove(props.plugin).then(removed => {
              if (removed) gone();
            });
          }}
        >
          <p>
            It stops, and <span class="mono">{props.plugin.file}</span> is deleted. To keep the file, switch the plugin off
            instead.
          </p>
          <p class="small sec">
            What it measured stays in the store. What it was granted and refused is forgotten: a plugin that is put in as {name()}{" "}
            again has to ask anew.
          </p>
        </Confirm>
      </Show>
    </>
  );
};
