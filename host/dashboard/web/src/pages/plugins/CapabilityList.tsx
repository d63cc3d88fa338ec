import { For, Index, Show, createSignal, type Component } from "solid-js";
import type { Plugin, PluginCapability } from "../../data/types";
import { Icon, Shape } from "../../parts/Icon";
import { Confirm } from "./Confirm";
import { UNDER_WAY, useDeeds } from "./deeds";
import { scopeOf } from "./grant";
import { iconOf } from "./words";

/** What a plugin asks for, what of it is granted and for what, and grants that it has no use for. */
export const CapabilityList: Component<{ plugin: Plugin; grant: (only?: string) => void }> = props => {
  const deeds = useDeeds();
  const [revoking, setRevoking] = createSignal<PluginCapability>();
  const busy = (): boolean => deeds.busy(props.plugin.name) !== undefined;
  const unused = (): string[] => props.plugin.unused_grants ?? [];
  const drop = (name: string): void => void (busy() || deeds.revoke(props.plugin, [name]));
  return (
    <section class="panel">
      <div class="ph">
        <h2>May use</h2>
      </div>
      <Show
        when={props.plugin.capabilities.length > 0}
        fallback={
          <p class="sec">
            {props.plugin.state === "disabled" || props.plugin.state === "starting" || !props.plugin.hash
              ? "Its file is not read now, so what it asks for is not known."
              : "Nothing: its binary imports nothing of this machine."}
          </p>
        }
      >
        <Index each={props.plugin.capabilities}>
          {one => (
            <div class="grant">
              <Icon name={iconOf(one().name)} />
              <strong>
                {one().name}
                <Show when={!one().granted}>
                  <span class="c-medium not-granted">
                    <Shape name="medium" /> not granted
                  </span>
                </Show>
              </strong>
              <span class="row deeds">
                <Show
                  when={one().granted}
                  fallback={
                    <button type="button" class="btn mini" aria-disabled={busy()} onClick={() => !busy() && props.grant()}>
                      Grant…
                    </button>
                  }
                >
                  <Show when={scopeOf(one().scope).length > 0}>
                    <button
                      type="button"
                      class="btn mini quiet"
                      aria-disabled={busy()}
                      onClick={() => !busy() && props.grant(one().name)}
                    >
                      Change…
                    </button>
                  </Show>
                  <button
                    type="button"
                    class="btn mini quiet"
                    aria-label={`Revoke ${one().name}`}
                    aria-disabled={busy()}
                    onClick={() => !busy() && setRevoking(one())}
                  >
                    Revoke…
                  </button>
                </Show>
              </span>
              <p>
                {one().description}
                <For each={one().granted ? scopeOf(one().scope) : []}>{entry => <span class="mono entry">{entry}</span>}</For>
              </p>
            </div>
          )}
        </Index>
      </Show>
      <Show when={unused().length > 0}>
        <div class="unused small">
          <span class="sec">Granted, but it does not ask for:</span>
          <For each={unused()}>
            {name => (
              <span class="chip">
                {name}
                <button type="button" aria-label={`Revoke ${name}`} aria-disabled={busy()} onClick={() => drop(name)}>
                  <Icon name="x" />
                </button>
              </span>
            )}
          </For>
        </div>
      </Show>
      <Show when={revoking()} keyed>
        {one => (
          <Confirm
            title={`Revoke ${one.name} from ${props.plugin.name}`}
            label="Revoke"
            busy={busy() ? UNDER_WAY.revoke : false}
            failure={deeds.failure(props.plugin.name)}
            close={() => setRevoking(undefined)}
            run={() =>
              void deeds.revoke(props.plugin, [one.name]).then(gone => {
                if (gone) setRevoking(undefined);
              })
            }
          >
            <p>
              {props.plugin.name} may no longer {one.description ?? `use ${one.name}`}. A plugin starts only with all that it asks
              for, so it stops collecting until {one.name} is granted again.
            </p>
            <Show when={scopeOf(one.scope).length > 0}>
              <p class="small sec">
                It is granted for <span class="mono">{scopeOf(one.scope).join(", ")}</span>; a later grant has to name that again.
              </p>
            </Show>
          </Confirm>
        )}
      </Show>
    </section>
  );
};
