import { For, Show, createSignal, onCleanup, type Component } from "solid-js";
import { useApp } from "../../app";
import { ApiError, type Bytes } from "../../data/api";
import type { GrantBody, Trial } from "../../data/types";
import { Figure, Shown } from "../../parts/Figure";
import { Shape } from "../../parts/Icon";
import { figure, grouped, micros } from "../../format/units";
import { useSay } from "../../shell/Toast";
import { Trouble } from "./Trouble";
import { failureOf, type Failure } from "./words";

const SHOWN = 5;

/** Hosts before trial runs know no such address; asked once, that is remembered. */
const [absent, setAbsent] = createSignal(false);

/** One collection with what is granted above: what it would measure, and at what cost. */
export const TrialRun: Component<{ bytes: Bytes; grant: GrantBody }> = props => {
  const { host } = useApp();
  const say = useSay();
  const [running, setRunning] = createSignal(false);
  const [ran, setRan] = createSignal<{ trial: Trial; with: string }>();
  const [failure, setFailure] = createSignal<Failure>();
  const closed = new AbortController();
  onCleanup(() => closed.abort());
  const run = async (): Promise<void> => {
    if (running()) return;
    const grant = props.grant;
    setRunning(true);
    setFailure(undefined);
    try {
      const trial = await host.api.trial(props.bytes, grant, closed.signal);
      setRan({ trial, with: JSON.stringify(grant) });
    } catch (error) {
      if (closed.signal.aborted) return;
      setRan(undefined);
      if (error instanceof ApiError && (error.status === 404 || error.status === 405)) {
        setAbsent(true);
        say("This host is older and has no trial runs");
      } else {
        setFailure(failureOf(error));
      }
    } finally {
      setRunning(false);
    }
  };
  return (
    <Show when={!absent()}>
      <section aria-busy={running()}>
        <div class="row trial-head">
          <h3>Trial run, nothing stored</h3>
          <button type="button" class="btn mini end" aria-disabled={running()} onClick={() => void run()}>
            {running() ? "Running…" : ran() || failure() ? "Try it again" : "Try it"}
          </button>
        </div>
        <Trouble failure={failure()} />
        <Show when={running() && !ran()}>
          <div class="trial-figures">
            <span class="skel w3" />
          </div>
          <div class="editor trial-samples" role="img" aria-label="it runs">
            <span class="skel w2" />
            <span class="skel w3" />
            <span class="skel w0" />
          </div>
        </Show>
        <Show when={!running() && !ran() && !failure()}>
          <p class="small sec">One collection with what is granted above, to see what it brings and costs.</p>
        </Show>
        <Show when={ran()} keyed>
          {last => (
            <div classList={{ stale: running() }}>
              <Outcome trial={last.trial} />
              <Show when={last.with !== JSON.stringify(props.grant)}>
                <p class="micro dim">with the grant as it was then; it has changed since</p>
              </Show>
            </div>
          )}
        </Show>
      </section>
    </Show>
  );
};

const Outcome: Component<{ trial: Trial }> = props => (
  <>
    <Show when={props.trial.error}>
      {error => (
        <div class="diag trouble" role="alert">
          <b>It failed: </b>
          {error()}
        </div>
      )}
    </Show>
    <div class="trial-figures small">
      <span>
        <b>{grouped(String(props.trial.series))}</b> <span class="sec">series</span>
      </span>
      <b>
        <Shown of={micros(props.trial.duration_us)} />
      </b>
      <b>
        <Figure value={props.trial.memory_bytes} unit="B" />
      </b>
      <span>
        <b>{grouped(String(props.trial.host_calls))}</b>{" "}
        <span class="sec">{props.trial.host_calls === 1 ? "call to the host" : "calls to the host"}</span>
      </span>
    </div>
    <Show when={props.trial.denied.length > 0}>
      <div class="small trial-refused">
        <Shape name="medium" />
        <span>
          <span class="sec">refused: </span>
          <span class="mono">{props.trial.denied.join(", ")}</span>
        </span>
      </div>
    </Show>
    <Show
      when={props.trial.samples.length > 0}
      fallback={<p class="small sec">{props.trial.error ? "It brought no sample." : "It ran well, and brought no sample."}</p>}
    >
      <div class="editor trial-samples" tabindex="0" role="group" aria-label="first samples">
        <For each={props.trial.samples.slice(0, SHOWN)}>
          {sample => (
            <div class="out">
              <span title={sample.series}>{sample.series}</span>
              <span class="nu">{valueOf(sample.value)}</span>
            </div>
          )}
        </For>
        <Show when={more(props.trial) > 0}>
          <div class="out cm">
            <span>and {grouped(String(more(props.trial)))} more</span>
          </div>
        </Show>
      </div>
    </Show>
  </>
);

/** The host may send only the first samples; the number of series is all of them. */
function more(trial: Trial): number {
  return Math.max(trial.series, trial.samples.length) - Math.min(SHOWN, trial.samples.length);
}

function valueOf(value: number | string): string {
  return typeof value === "string" ? value : figure(value, "1").value;
}
