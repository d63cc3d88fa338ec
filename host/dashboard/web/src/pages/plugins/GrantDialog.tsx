import { Show, createMemo, createSignal, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Plugin } from "../../data/types";
import { Dialog } from "../../parts/Dialog";
import { useSay } from "../../shell/Toast";
import { Asks } from "./Asks";
import { decision } from "./deeds";
import { asksOf, consequence, decided, grantBody, outcome, placeOf, scopeOf, unsaid, type Choice } from "./grant";
import { Trouble } from "./Trouble";
import { waitingFor } from "./wanted";
import { asksFor, failureOf, type Failure } from "./words";

/** Decides on what an installed plugin waits for; of one capability that was decided before, anew. */
export const GrantDialog: Component<{ plugin: Plugin; only?: string | undefined; close: () => void }> = props => {
  const { host } = useApp();
  const say = useSay();
  // As it was when the dialog opened: documents that come meanwhile must not take a choice away.
  const { plugin, only } = props;
  const wanted = only === undefined ? waitingFor(plugin) : [only];
  const asks = asksOf(plugin).filter(ask => wanted.includes(ask.name));
  const before = plugin.capabilities.find(({ name }) => name === only);
  const [choices, setChoices] = createSignal<Record<string, Choice>>(
    before ? { [before.name]: { on: true, scope: before.granted ? scopeOf(before.scope).join("\n") : "" } } : {},
  );
  const [busy, setBusy] = createSignal(false);
  const [failure, setFailure] = createSignal<Failure>();
  const body = createMemo(() => grantBody(asks, choices()));
  const place = (): string | undefined => placeOf(failure()?.message ?? "", asks);
  const ready = (): boolean => Object.keys(body()).length > 0 && unsaid(asks, choices()).length === 0;
  const label = (): string => {
    if (!before) return outcome(body(), false);
    if (decided(body()).refused.length > 0) return `Refuse ${before.name}`;
    return before.granted ? "Grant this instead" : `Grant ${before.name}`;
  };
  const close = (): void => {
    if (!busy()) props.close();
  };
  const grant = async (): Promise<void> => {
    if (busy() || !ready()) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const after = await host.api.grant(plugin.name, body());
      if (after) host.pluginIs(after);
      else void host.refresh();
      say(decision(plugin.name, body(), after));
      setBusy(false);
      props.close();
    } catch (error) {
      setFailure(failureOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={
        before
          ? `What ${plugin.name} may use ${before.name} for`
          : asksFor(plugin.name, plugin.version ?? "", asks.length)
      }
      close={close}
      steady
      sub={
        <p class="small sec">
          <Show when={before} fallback="It is in place, and starts when all of it is decided.">
            {one => (one().granted ? "What is listed replaces what is granted now." : "It runs without it now.")}
          </Show>
        </p>
      }
    >
      <section aria-busy={busy()}>
        <h3>What its binary imports</h3>
        <Asks
          asks={asks}
          choices={choices()}
          choose={(name, choice) => setChoices(all => ({ ...all, [name]: choice }))}
          refusal={place() === undefined ? undefined : { name: place() ?? "", failure: failure() ?? { message: "" } }}
        />
        <Trouble failure={place() === undefined ? failure() : undefined} />
      </section>
      <div class="dialog-foot">
        <span class="small dim">
          {consequence(body()) || "kept in grants.yaml; autobot.yaml wins over it"}
        </span>
        <button type="button" class="btn" aria-disabled={busy()} onClick={close}>
          Not now
        </button>
        <button type="button" class="btn primary" aria-disabled={busy() || !ready()} onClick={() => void grant()}>
          {busy() ? "Working…" : label()}
        </button>
      </div>
    </Dialog>
  );
};
