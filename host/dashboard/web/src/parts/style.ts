import { createEffect } from "solid-js";

/** Custom properties of an element. The page's policy refuses style attributes, so they are set by script. */
export function vars(values: () => Record<string, string | number>): (element: HTMLElement | SVGElement) => void {
  return element => {
    createEffect(() => {
      for (const [name, value] of Object.entries(values())) element.style.setProperty(name, String(value));
    });
  };
}
