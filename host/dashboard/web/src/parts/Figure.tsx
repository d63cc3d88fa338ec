import { Show, type Component } from "solid-js";
import { figure, type Figure as Parts, type Unit } from "../format/units";

/** A value with its unit dim beside it. */
export const Figure: Component<{ value: number | null | undefined; unit: Unit }> = props => (
  <Shown of={figure(props.value, props.unit)} />
);

export const Shown: Component<{ of: Parts }> = props => (
  <>
    {props.of.value}
    <Show when={props.of.unit}>
      <i class="u">{props.of.unit}</i>
    </Show>
  </>
);
