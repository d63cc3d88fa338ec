import { For, Index, Show, createSignal, type Component } from "solid-js";
import type { Plugin, PluginCapability } from "../../data/types";
import { Icon, Shape } from "../../parts/Icon";
import { Confirm } from "./Confirm";
import { UNDER_WAY, useDeeds } from "./deeds";
import { scopeOf } from "./grant";
import { Runtime } from "./Runtime";
import { undecided } from "./wanted";
import { iconOf } from "./words";

/** What a plugin asks for, what of it is granted and for what, what it was refused, and grants that it has no use for. */
export const CapabilityList: Component<{ plugin: Plugin; grant: (only?: string) => void }> = props => {
  const deeds = useDeeds();
  const [refusing, setRefusing] = createSignal<PluginCapability>();
  const busy = (): boolean => deeds.busy(props.plugin.name) !== undefined;
  const unused = (): string[] => props.plugin.unused_grants ?? [];
  const waits = (name: string): boolean => undecided(props.plugin).includes(name);
  /** What is granted wholly leaves nothing to ask. */
  const grant = (one: PluginCapability): void => {
    if (busy()) return;
    if (waits(one.name)) props.grant();
    else if (one.example) props.grant(one.name);
    else void deeds.decide(props.plugin, { [one.name]: true });
  };
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
                  <Show when={waits(one().name)} fallback={<span class="dim not-granted">refused</span>}>
                    <span class="c-medium not-granted">
                      <Shape name="medium" /> not granted
                    </span>
                  </Show>
                </Show>
              </strong>
              <span class="row deeds">
                <Show
                  when={one().granted}
                  fallback={
                    <button
                      type="button"
                      class="btn mini"
                      aria-label={`Grant ${one().name}`}
                      aria-disabled={busy()}
                      onClick={() => grant(one())}
                    >
                      {waits(one().name) || one().example ? "Grant…" : "Grant"}
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
                    aria-label={`Refuse ${one().name}`}
                    aria-disabled={busy()}
                    onClick={() => !busy() && setRefusing(one())}
                  >
                    Refuse…
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
      <Runtime of={props.plugin.runtime} />
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
      <Show when={refusing()} keyed>
        {one => (
          <Confirm
            title={`Refuse ${one.name} to ${props.plugin.name}`}
            label="Refuse it"
            busy={busy() ? UNDER_WAY.decide : false}
            failure={deeds.failure(props.plugin.name)}
            close={() => setRefusing(undefined)}
            run={() =>
              void deeds.decide(props.plugin, { [one.name]: false }).then(refused => {
                if (refused) setRefusing(undefined);
              })
            }
          >
            <p>
              {props.plugin.name} may no longer {one.description ?? `use ${one.name}`}. It is made anew, and goes on without: what
              it asks there is denied, and the series that come of it end.
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
