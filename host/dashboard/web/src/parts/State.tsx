import { Show, type Component, type JSX } from "solid-js";
import { Icon, Shape, type IconName, type ShapeName } from "./Icon";

/** What stands in a panel's place when there is nothing to draw: what is the matter, and what can be done. */
export const State: Component<{
  title: string;
  detail?: string | undefined;
  shape?: ShapeName;
  icon?: IconName;
  action?: { label: string; run: () => void } | undefined;
  class?: string;
  children?: JSX.Element;
}> = props => (
  <div class={`state ${props.class ?? ""}`}>
    <b>
      <Show when={props.icon} fallback={<Shape name={props.shape ?? "unknown"} />}>
        {icon => <Icon name={icon()} />}
      </Show>
      {props.title}
    </b>
    <Show when={props.detail}>{detail => <span class="small">{detail()}</span>}</Show>
    {props.children}
    <Show when={props.action}>
      {action => (
        <button type="button" class="btn mini" onClick={() => action().run()}>
          {action().label}
        </button>
      )}
    </Show>
  </div>
);

/** A table that is on its way, in the size it will have. */
export const SkeletonRows: Component<{ rows: number }> = props => (
  <div class="skel-rows" role="img" aria-label="loading">
    {Array.from({ length: props.rows }, (_, row) => (
      <div>
        <span class={`skel w${row % 4}`} />
        <span class="skel w4" />
        <span class="skel w4" />
      </div>
    ))}
  </div>
);
