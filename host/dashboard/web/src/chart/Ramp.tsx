import { For, type Component } from "solid-js";
import { vars } from "../parts/style";

/** The shades of a heat map, from nothing to all. */
export const Ramp: Component = () => (
  <div class="ramp" aria-hidden="true">
    0
    <span>
      <For each={[0, 1, 2, 3, 4, 5, 6, 7]}>{shade => <i ref={vars(() => ({ "--c": `var(--seq-${shade})` }))} />}</For>
    </span>
    100 %
  </div>
);
