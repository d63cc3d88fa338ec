import { Match, Show, Switch, createMemo, createSignal, onCleanup, onMount, type Component } from "solid-js";
import { useApp } from "../../app";
import { ApiError, type Bytes } from "../../data/api";
import type { Inspection } from "../../data/types";
import { Dialog } from "../../parts/Dialog";
import { text } from "../../format/units";
import { InstallForm } from "./InstallForm";
import { readPlugin } from "./read";
import { Trouble } from "./Trouble";
import { asksFor, failureOf, shortHash, type Failure } from "./words";

type Read =
  | { kind: "reading" }
  /** `file`: it is the file that cannot be used, not the host that did not say. */
  | { kind: "failed"; failure: Failure; file: boolean }
  | { kind: "ready"; bytes: Bytes; inspection: Inspection };

/** A file on its way in: what it is, what it asks for, a trial run, the grant. */
export const AddDialog: Component<{
  file: File;
  busy: boolean;
  setBusy: (busy: boolean) => void;
  another: () => void;
  close: () => void;
  installed: (name: string) => void;
}> = props => {
  const { host } = useApp();
  // One file, one dialog: another file makes another dialog.
  const { file } = props;
  const [read, setRead] = createSignal<Read>({ kind: "reading" });
  const closed = new AbortController();
  onCleanup(() => closed.abort());
  const inspect = async (): Promise<void> => {
    setRead({ kind: "reading" });
    try {
      const bytes = await readPlugin(file);
      setRead({ kind: "ready", bytes, inspection: await host.api.inspect(bytes, closed.signal) });
    } catch (error) {
      if (!closed.signal.aborted) setRead({ kind: "failed", failure: failureOf(error), file: isOfFile(error) });
    }
  };
  onMount(() => void inspect());
  const ready = createMemo(() => {
    const now = read();
    return now.kind === "ready" ? now : undefined;
  });
  const failed = createMemo(() => {
    const now = read();
    return now.kind === "failed" ? now : undefined;
  });
  const title = (): string => {
    const one = ready()?.inspection;
    if (one) return asksFor(one.manifest.name, one.manifest.version, one.asks.length);
    if (!failed()) return `Reading ${file.name}`;
    return failed()?.file ? `${file.name} cannot be used` : `${file.name} was not looked at`;
  };
  return (
    <Dialog
      title={title()}
      close={() => !props.busy && props.close()}
      steady
      sub={
        <Show when={ready()}>
          {now => (
            <p class="small sec">
              {now().inspection.manifest.description}
              <br />
              <span class="dim">
                {file.name}, {text(now().inspection.size, "B")}
                {now().inspection.shipped ? ", shipped with this host" : ""},{" "}
                <span class="mono" title={now().inspection.hash}>
                  sha256 {shortHash(now().inspection.hash)}
                </span>
              </span>
            </p>
          )}
        </Show>
      }
    >
      <Switch>
        <Match when={ready()}>
          {now => (
            <InstallForm
              file={file}
              bytes={now().bytes}
              inspection={now().inspection}
              busy={props.busy}
              setBusy={props.setBusy}
              close={props.close}
              installed={props.installed}
            />
          )}
        </Match>
        <Match when={failed()} keyed>
          {said => (
            <>
              <section>
                <Trouble failure={said.failure} />
              </section>
              <div class="dialog-foot">
                <button type="button" class="btn" classList={{ primary: !said.file }} onClick={() => void inspect()}>
                  Retry
                </button>
                <button type="button" class="btn" classList={{ primary: said.file }} onClick={() => props.another()}>
                  Choose another file
                </button>
              </div>
            </>
          )}
        </Match>
        <Match when={read().kind === "reading"}>
          <section aria-busy="true">
            <p class="small sec">{text(file.size, "B")}; it is compiled and asked what it is, nothing of it is kept.</p>
            <div class="skel-asks" role="img" aria-label="loading">
              <span class="skel w2" />
              <span class="skel w3" />
              <span class="skel w1" />
            </div>
          </section>
        </Match>
      </Switch>
    </Dialog>
  );
};

/** The host, or this page before it, looked at the file and refused it. */
function isOfFile(error: unknown): boolean {
  return error instanceof ApiError && [413, 422].includes(error.status);
}
