import { Show, type Component } from "solid-js";
import { ICONS, SHAPES } from "./drawings";

export type IconName = keyof typeof ICONS;
export type ShapeName = keyof typeof SHAPES;

/** A drawing beside words; it says nothing by itself. */
export const Icon: Component<{ name: IconName; class?: string }> = props => (
  <svg class={`i ${props.class ?? ""}`} viewBox="0 0 16 16" aria-hidden="true" innerHTML={ICONS[props.name]} />
);

/** A severity or state: its silhouette, and its word for those who do not see it. */
export const Shape: Component<{ name: ShapeName; label?: string }> = props => (
  <Show
    when={props.label}
    fallback={<svg class={`s s-${props.name}`} viewBox="0 0 12 12" aria-hidden="true" innerHTML={SHAPES[props.name]} />}
  >
    {label => (
      <svg class={`s s-${props.name}`} viewBox="0 0 12 12" role="img" aria-label={label()} innerHTML={SHAPES[props.name]} />
    )}
  </Show>
);

export const Brand: Component = () => (
  <svg viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
    <rect x="1.5" y="1.5" width="15" height="15" rx="3" />
    <path d="M4 10.5h2l1.7-5 2.6 7.5 1.5-4h2.2" stroke-linejoin="round" stroke-linecap="round" />
  </svg>
);
