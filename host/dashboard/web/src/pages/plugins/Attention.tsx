import { Index, Show, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Plugin } from "../../data/types";
import { Icon, Shape } from "../../parts/Icon";
import { moment } from "../../format/time";
import { UNDER_WAY, useDeeds } from "./deeds";
import { waitingFor } from "./wanted";
import { BAD, WORDS, asksFor, list, waits } from "./words";

/** Plugins that do not run: why, since when nothing comes, and what can be done at once. */
export const Attention: Component<{
  plugins: readonly Plugin[];
  open: (name: string) => void;
  grant: (name: string) => void;
}> = props => {
  const { host } = useApp();
  const deeds = useDeeds();
  const bad = (): Plugin[] => props.plugins.filter(plugin => BAD.includes(plugin.state) && !waits(plugin));
  const waiting = (): Plugin[] =>
    props.plugins.filter(plugin => waitingFor(plugin).length > 0 && (waits(plugin) || plugin.state === "running"));
  return (
    <>
      <Index each={bad()}>
        {plugin => (
          <div class="banner high attention" role="status">
            <Shape name="high" label={WORDS[plugin().state]} />
            <span class="grow">
              <b>
                {plugin().name} is {WORDS[plugin().state]}
              </b>
              <Show when={plugin().reason}>{reason => <>: {reason()}</>}</Show>.
              <Show when={plugin().last_collect_ms}>
                {last => <span class="sec"> Its last good sample is from {moment(last(), host.clock())}.</span>}
              </Show>
            </span>
            <span class="row">
              <button type="button" class="btn mini" onClick={() => props.open(plugin().name)}>
                Logs
              </button>
              <Show when={plugin().state === "quarantined"}>
                <button
                  type="button"
                  class="btn mini"
                  aria-disabled={deeds.busy(plugin().name) !== undefined}
                  onClick={() =>
                    deeds.busy(plugin().name) ??
                    void deeds.act(plugin(), "restart").then(released => {
                      if (!released) props.open(plugin().name);
                    })
                  }
                >
                  {deeds.busy(plugin().name) === "restart" ? UNDER_WAY.restart : "Release"}
                </button>
              </Show>
            </span>
          </div>
        )}
      </Index>
      <Show when={waiting().length > 0}>
        <section class="panel waiting" aria-label="Waiting for a grant">
          <div class="ph">
            <h2>Waiting for a grant</h2>
          </div>
          <ul class="items">
            <Index each={waiting()}>
              {plugin => (
                <li>
                  <Icon name="key" class="sec" />
                  <div class="grow">
                    <button type="button" class="plain" onClick={() => props.open(plugin().name)}>
                      {waits(plugin())
                        ? asksFor(plugin().name, plugin().version ?? "", waitingFor(plugin()).length)
                        : asksFor(`A newer ${plugin().name}`, "", waitingFor(plugin()).length)}
                    </button>
                    <p class="small sec">
                      imports {list(waitingFor(plugin()))}
                      {waits(plugin()) ? "" : "; until it is granted, the version before goes on"}
                    </p>
                  </div>
                  <button
                    type="button"
                    class="btn"
                    aria-label={`Grant ${plugin().name}`}
                    onClick={() => props.grant(plugin().name)}
                  >
                    Grant…
                  </button>
                </li>
              )}
            </Index>
          </ul>
        </section>
      </Show>
    </>
  );
};
