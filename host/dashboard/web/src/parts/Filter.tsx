import type { Component } from "solid-js";
import { Icon } from "./Icon";

/** A field that narrows a list; `/` goes to it, Esc empties and leaves it. */
export const Filter: Component<{ label: string; value: string; change: (value: string) => void; class?: string }> = props => (
  <span class={`input ${props.class ?? ""}`}>
    <Icon name="filter" />
    <input
      data-filter
      placeholder={props.label}
      aria-label={props.label}
      value={props.value}
      spellcheck={false}
      onInput={event => props.change(event.currentTarget.value)}
      onKeyDown={event => {
        if (event.key !== "Escape") return;
        props.change("");
        event.currentTarget.blur();
      }}
    />
    <kbd>/</kbd>
  </span>
);

/** Whether every word of the query occurs somewhere. */
export function matches(query: string, ...texts: (string | null | undefined)[]): boolean {
  const text = texts.filter(Boolean).join(" ").toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word));
}
