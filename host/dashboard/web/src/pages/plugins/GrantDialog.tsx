import { Show, createMemo, createSignal, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Plugin } from "../../data/types";
import { Dialog } from "../../parts/Dialog";
import { useSay } from "../../shell/Toast";
import { Asks } from "./Asks";
import { asksOf, firstChoices, grantBody, grantLabel, missing, placeOf, scopeOf, unsaid, waitingFor, type Choice } from "./grant";
import { Trouble } from "./Trouble";
import { asksFor, failureOf, needed, wordOf, type Failure } from "./words";

/** Grants an installed plugin what it asks for; of one capability that it has, changes what for. */
export const GrantDialog: Component<{ plugin: Plugin; only?: string | undefined; close: () => void }> = props => {
  const { host } = useApp();
  const say = useSay();
  // As it was when the dialog opened: documents that come meanwhile must not take a choice away.
  const { plugin, only } = props;
  const wanted = only === undefined ? waitingFor(plugin) : [only];
  const asks = asksOf(plugin).filter(ask => wanted.includes(ask.name));
  const before = plugin.capabilities.find(({ name }) => name === only);
  const [choices, setChoices] = createSignal<Record<string, Choice>>({
    ...firstChoices(asks),
    ...(before?.granted ? { [before.name]: { on: true, scope: scopeOf(before.scope).join("\n") } } : {}),
  });
  const [busy, setBusy] = createSignal(false);
  const [failure, setFailure] = createSignal<Failure>();
  const body = createMemo(() => grantBody(asks, choices()));
  const count = (): number => Object.keys(body()).length;
  const place = (): string | undefined => placeOf(failure()?.message ?? "", asks);
  const ready = (): boolean => count() > 0 && unsaid(asks, choices()).length === 0;
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
      say(`${plugin.name}: ${after ? wordOf(after) : "granted"}`);
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
        before?.granted
          ? `What ${plugin.name} may use ${before.name} for`
          : asksFor(plugin.name, plugin.version ?? "", asks.length)
      }
      close={close}
      steady
      sub={
        <p class="small sec">
          <Show when={!before?.granted} fallback="What is listed replaces what is granted now.">
            It is in place, and starts when all of it is granted.
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
          <Show
            when={missing(asks, choices()).length > 0 && count() > 0}
            fallback="kept in grants.yaml; autobot.yaml wins over it"
          >
            it starts when {needed(missing(asks, choices()))} granted too
          </Show>
        </span>
        <button type="button" class="btn" aria-disabled={busy()} onClick={close}>
          Not now
        </button>
        <button type="button" class="btn primary" aria-disabled={busy() || !ready()} onClick={() => void grant()}>
          {busy() ? "Granting…" : before?.granted ? "Grant this instead" : grantLabel(count(), missing(asks, choices()))}
        </button>
      </div>
    </Dialog>
  );
};
