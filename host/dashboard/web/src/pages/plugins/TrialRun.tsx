import { For, Show, createMemo, createSignal, onCleanup, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Bytes } from "../../data/api";
import type { GrantBody, Trial } from "../../data/types";
import { Figure, Shown } from "../../parts/Figure";
import { Shape } from "../../parts/Icon";
import { figure, grouped, micros } from "../../format/units";
import { Trouble } from "./Trouble";
import { failed, refusedCalls, usedOf } from "./tried";
import { counted, failureOf, levelShape, type Failure } from "./words";

const SHOWN = 5;
/** What the host makes of a trial; with fewer, it came no further. */
const COLLECTIONS = 2;

/** Two collections with what is granted above: what it would measure, and at what cost. */
export const TrialRun: Component<{ bytes: Bytes; name: string | undefined; grant: GrantBody }> = props => {
  const { host } = useApp();
  const [running, setRunning] = createSignal(false);
  const [ran, setRan] = createSignal<{ trial: Trial; grant: GrantBody }>();
  const [failure, setFailure] = createSignal<Failure>();
  let box: HTMLElement | undefined;
  // Where it was pressed, the answer may be below what is in sight.
  const show = (): void => void requestAnimationFrame(() => box?.scrollIntoView({ block: "nearest" }));
  const closed = new AbortController();
  onCleanup(() => closed.abort());
  const run = async (): Promise<void> => {
    if (running()) return;
    const grant = props.grant;
    setRunning(true);
    setFailure(undefined);
    show();
    try {
      setRan({ trial: await host.api.trial(props.bytes, { name: props.name, grant }, closed.signal), grant });
    } catch (error) {
      if (closed.signal.aborted) return;
      setRan(undefined);
      setFailure(failureOf(error));
    } finally {
      setRunning(false);
      show();
    }
  };
  return (
    <section class="trial" ref={box} aria-busy={running()}>
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
        <p class="small sec">Two collections, a second apart, with what is granted above: to see what it brings and costs.</p>
      </Show>
      <Show when={ran()} keyed>
        {last => (
          <div classList={{ stale: running() }}>
            <Outcome trial={last.trial} grant={last.grant} />
            <Show when={JSON.stringify(last.grant) !== JSON.stringify(props.grant)}>
              <p class="micro dim">with the grant as it was then; it has changed since</p>
            </Show>
          </div>
        )}
      </Show>
    </section>
  );
};

const Outcome: Component<{ trial: Trial; grant: GrantBody }> = props => {
  const refused = createMemo(() => refusedCalls(props.trial.denied));
  const use = createMemo(() => usedOf(props.trial, props.grant));
  return (
    <>
      <Show when={props.trial.error}>
        {error => (
          <div class="diag trouble" classList={{ warn: !failed(props.trial, COLLECTIONS) }} role="alert">
            <b>{failed(props.trial, COLLECTIONS) ? "It failed: " : "It brought less than it should: "}</b>
            {error()}
          </div>
        )}
      </Show>
      <div class="trial-figures small">
        <span>
          <b>{grouped(String(props.trial.series))}</b> <span class="sec">series</span>
        </span>
        <b title="the last collection, waiting included">
          <Shown of={micros(props.trial.duration_us)} />
        </b>
        <b title="at most">
          <Figure value={props.trial.memory_bytes} unit="B" />
        </b>
        <span title="in the last collection">
          <b>{grouped(String(props.trial.host_calls))}</b>{" "}
          <span class="sec">{props.trial.host_calls === 1 ? "call to the host" : "calls to the host"}</span>
        </span>
      </div>
      <ul class="trial-notes small">
        <Show when={use().used.length > 0}>
          <li>
            <Shape name="ok" />
            <span>
              <span class="sec">used: </span>
              {use()
                .used.map(({ capability, calls }) => `${capability} ${grouped(String(calls))}`)
                .join(", ")}
              <span class="dim"> calls, in {counted(props.trial.collections, "collection")}</span>
            </span>
          </li>
        </Show>
        <Show when={use().idle.length > 0}>
          <li>
            <Shape name="low" />
            <span>
              <span class="sec">not used: </span>
              {use().idle.join(", ")}
            </span>
          </li>
        </Show>
        <Show when={refused().calls.length > 0}>
          <li>
            <Shape name="medium" />
            <span>
              <span class="sec">refused: </span>
              <span class="mono">{refused().calls.join(", ")}</span>
              <Show when={!props.trial.error}>
                <span class="sec">, handled</span>
              </Show>
            </span>
          </li>
        </Show>
        <For each={refused().sentences}>
          {sentence => (
            <li>
              <Shape name="medium" />
              <span>
                <span class="sec">refused: </span>
                {sentence}
              </span>
            </li>
          )}
        </For>
      </ul>
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
      <Show when={props.trial.log.length > 0}>
        <ol class="log" aria-label="what it wrote">
          <For each={props.trial.log.slice(0, SHOWN)}>
            {line => (
              <li>
                <span class="dim">{line.level}</span>
                <Shape name={levelShape(line.level)} />
                <span>{line.text}</span>
              </li>
            )}
          </For>
        </ol>
        <Show when={props.trial.log.length > SHOWN}>
          <p class="micro dim">and {counted(props.trial.log.length - SHOWN, "line")} more</p>
        </Show>
      </Show>
    </>
  );
};

/** The host may send only the first samples; the number of series is all of them. */
function more(trial: Trial): number {
  return Math.max(trial.series, trial.samples.length) - Math.min(SHOWN, trial.samples.length);
}

/** A value that is no finite number travels as none. */
function valueOf(value: number | null): string {
  return value === null ? "not finite" : figure(value, "1").value;
}
