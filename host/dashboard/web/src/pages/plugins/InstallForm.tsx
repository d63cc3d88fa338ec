import { Show, createMemo, createSignal, createUniqueId, type Component } from "solid-js";
import { useApp } from "../../app";
import { ApiError, type Bytes } from "../../data/api";
import type { Inspection, Plugin } from "../../data/types";
import { useSay } from "../../shell/Toast";
import { Asks } from "./Asks";
import { consequence, grantBody, inPlace, outcome, placeOf, unsaid, wholeGrant, type Choice } from "./grant";
import { Measures } from "./Measures";
import { nameProblem, proposedName } from "./name";
import { Runtime } from "./Runtime";
import { TrialRun } from "./TrialRun";
import { Trouble } from "./Trouble";
import { waitingFor } from "./wanted";
import { failureOf, wordOf, type Failure } from "./words";

/** How far it came: a grant that is refused leaves the file in place. */
type Stage = "file" | "grant";

/** What an inspected file asks for, under which name it runs, and the two steps that bring it in. */
export const InstallForm: Component<{
  file: File;
  bytes: Bytes;
  inspection: Inspection;
  busy: boolean;
  setBusy: (busy: boolean) => void;
  close: () => void;
  installed: (name: string) => void;
}> = props => {
  const { host } = useApp();
  const say = useSay();
  const field = createUniqueId();
  const { inspection } = props;
  const { asks } = inspection;
  const [name, setName] = createSignal(proposedName(inspection.manifest.name, props.file.name));
  const [choices, setChoices] = createSignal<Record<string, Choice>>({});
  const [stage, setStage] = createSignal<Stage>("file");
  const [failure, setFailure] = createSignal<Failure & { at?: string | undefined }>();

  /** What the host says is undecided once the file is in place. */
  let waiting: string[] = [];

  // Of what runs under that name now. Once the file is in place, what it replaced does not matter any more.
  const found = createMemo<Plugin | undefined>(before =>
    stage() === "grant" ? before : host.plugins()?.find(plugin => plugin.name === name()),
  );
  const same = (): boolean => found()?.hash === inspection.hash;
  const problem = createMemo(() => nameProblem(name()));
  const body = createMemo(() => grantBody(asks, choices(), found()));
  const ready = (): boolean => problem() === undefined && unsaid(asks, choices(), found()).length === 0;

  const bring = async (): Promise<void> => {
    if (props.busy || !ready()) return;
    const [called, whole] = [name(), wholeGrant(asks, choices(), found())];
    let grant = body();
    props.setBusy(true);
    setFailure(undefined);
    try {
      let after: Plugin | null | undefined;
      if (stage() === "file") {
        after = await host.api.install(called, props.bytes);
        waiting = after ? waitingFor(after) : [];
        setStage("grant");
      }
      grant = inPlace(grant, whole, waiting);
      if (Object.keys(grant).length > 0) after = await host.api.grant(called, grant);
      if (after) host.pluginIs(after);
      else await host.refresh();
      say(after ? `${called}: ${wordOf(after)}` : `${called} is in place`);
      props.setBusy(false);
      props.installed(called);
    } catch (error) {
      const failed = failureOf(error);
      setFailure({ ...failed, at: stage() === "grant" ? placeOf(failed.message, asks) : placeOfName(error) });
      props.setBusy(false);
    }
  };
  const refusal = (): { name: string; failure: Failure } | undefined => {
    const now = failure();
    return now?.at !== undefined && now.at !== "name" ? { name: now.at, failure: now } : undefined;
  };
  return (
    <>
      <section class="named">
        <label for={field} class="sec">
          Name
        </label>
        <span class="input" classList={{ wrong: problem() !== undefined }}>
          <input
            id={field}
            class="mono"
            value={name()}
            readonly={stage() === "grant" || props.busy}
            spellcheck={false}
            autocomplete="off"
            aria-invalid={problem() !== undefined}
            aria-describedby={`${field}-note`}
            onInput={event => {
              setName(event.currentTarget.value.trim());
              setFailure(undefined);
            }}
          />
        </span>
        <p id={`${field}-note`} class="small" classList={{ "c-high": problem() !== undefined, sec: problem() === undefined }}>
          <Show when={!problem()} fallback={problem()}>
            <Show when={found()} keyed fallback={stage() === "grant" ? "in place" : "new here"}>
              {before => (
                <>
                  replaces <b>{before.name}</b>
                  {before.version ? ` ${before.version}` : ""}, which keeps what it was granted
                  {same() ? "; the file is the same" : ""}
                </>
              )}
            </Show>
          </Show>
        </p>
        <Trouble failure={failure()?.at === "name" ? failure() : undefined} />
      </section>
      <section>
        <h3>What its binary imports</h3>
        <Show when={asks.some(({ held }) => held)}>
          <p class="small sec">It is shipped with this host: what it holds needs no grant.</p>
        </Show>
        <Show when={asks.length > 0} fallback={<p class="small sec">Nothing: it reads nothing of this machine.</p>}>
          <Asks
            asks={asks}
            choices={choices()}
            choose={(ask, choice) => {
              setChoices(all => ({ ...all, [ask]: choice }));
              if (failure()?.at === ask) setFailure(undefined);
            }}
            replaces={found()}
            refusal={refusal()}
          />
        </Show>
        <Runtime of={inspection.runtime} />
      </section>
      <Measures manifest={inspection.manifest} />
      <TrialRun
        bytes={props.bytes}
        name={problem() === undefined ? name() : undefined}
        grant={wholeGrant(asks, choices(), found())}
      />
      <div class="dialog-foot">
        <Trouble
          failure={failure() !== undefined && failure()?.at === undefined ? failure() : undefined}
          before={stage() === "grant" ? `${name()} is in place, but the grant was not taken:` : "It was not installed:"}
        />
        <span class="small dim">
          {stage() === "grant"
            ? `${name()} is in place, and waits for its grant`
            : consequence(body()) ||
              (Object.keys(body()).length > 0
                ? "kept in grants.yaml; autobot.yaml wins over it"
                : "the file goes into the plugins folder")}
        </span>
        <button type="button" class="btn" aria-disabled={props.busy} onClick={() => !props.busy && props.close()}>
          {stage() === "grant" ? "Leave it ungranted" : "Refuse"}
        </button>
        <button type="button" class="btn primary" aria-disabled={props.busy || !ready()} onClick={() => void bring()}>
          {props.busy ? "Working…" : outcome(body(), stage() === "file" && found() !== undefined)}
        </button>
      </div>
    </>
  );
};

/** A refusal of the file that is one of its name. */
function placeOfName(error: unknown): string | undefined {
  return error instanceof ApiError && error.message.includes("plugin's name") ? "name" : undefined;
}
