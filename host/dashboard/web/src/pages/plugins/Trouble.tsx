import { Show, type Component } from "solid-js";
import type { Failure } from "./words";

/** Why something was not done, where it was asked for; read out when it appears. */
export const Trouble: Component<{ failure: Failure | undefined; before?: string }> = props => (
  <Show when={props.failure} keyed>
    {failure => (
      <div class="diag trouble" role="alert">
        <Show when={props.before}>{before => <b>{before()} </b>}</Show>
        {failure.message}
        <Show when={failure.help}>{help => <div class="help">{help()}</div>}</Show>
      </div>
    )}
  </Show>
);
