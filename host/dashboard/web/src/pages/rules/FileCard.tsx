import { For, Show, type Component } from "solid-js";
import type { Diagnostic, RuleFile } from "../../data/types";
import { Shape } from "../../parts/Icon";
import { source } from "./source";

/** A rule file: its state, and each diagnostic with the source line it points at. */
export const FileCard: Component<{ file: RuleFile; rules: number }> = props => (
  <section class="panel file">
    <div class="ph">
      <Shape
        name={props.file.state === "broken" ? "high" : props.file.diagnostics.length > 0 ? "medium" : "ok"}
        label={props.file.state}
      />
      <h2 class="mono trunc">{props.file.path}</h2>
      <span class="more">
        <Show when={props.file.state === "broken"} fallback={`${props.rules} ${props.rules === 1 ? "rule" : "rules"}`}>
          <span class="badge high">broken</span>
        </Show>
      </span>
    </div>
    <For each={props.file.diagnostics}>{diagnostic => <Finding diagnostic={diagnostic} />}</For>
  </section>
);

const Finding: Component<{ diagnostic: Diagnostic }> = props => (
  <div class="finding">
    <div class="diag" classList={{ warn: props.diagnostic.level !== "error" }}>
      <b>
        {props.diagnostic.level}
        {props.diagnostic.line > 0 ? `, line ${props.diagnostic.line}, column ${props.diagnostic.column}` : ""}
      </b>
      <div>{props.diagnostic.message}</div>
      <Show when={props.diagnostic.help}>{help => <div class="help">{help()}</div>}</Show>
    </div>
    <Show when={props.diagnostic.rendered}>
      {rendered => (
        <pre class="editor source" tabindex="0" aria-label="source">
          {source(rendered())}
        </pre>
      )}
    </Show>
  </div>
);
