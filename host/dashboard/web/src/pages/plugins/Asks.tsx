import { For, Match, Show, Switch, type Component } from "solid-js";
import type { Ask, Plugin } from "../../data/types";
import { Icon } from "../../parts/Icon";
import { choiceOf, entries, standing, unsaid, written, type Choice, type Choices } from "./grant";
import { iconOf, type Failure } from "./words";
import { Trouble } from "./Trouble";

/** What a plugin asks for, one thing after the other, with the decision on each. */
export const Asks: Component<{
  asks: readonly Ask[];
  choices: Choices;
  choose: (name: string, choice: Choice) => void;
  replaces?: Plugin | undefined;
  /** What the host said against one of them. */
  refusal?: { name: string; failure: Failure } | undefined;
}> = props => (
  <For each={props.asks}>
    {ask => {
      const choice = (): Choice => choiceOf(ask, props.choices, props.replaces);
      const stands = (): ReturnType<typeof standing> => standing(ask, props.replaces);
      const kept = (): string[] => {
        const how = stands();
        return how.kind === "kept" ? how.scope : [];
      };
      let field: HTMLTextAreaElement | undefined;
      const toggle = (): void => {
        props.choose(ask.name, { ...choice(), on: !choice().on });
        if (choice().on && entries(choice().scope).length === 0) field?.focus();
      };
      return (
        <div class="grant">
          <Icon name={iconOf(ask.name)} />
          <strong>{ask.name}</strong>
          <Switch>
            <Match when={stands().kind === "open"}>
              <button
                type="button"
                class="switch"
                role="switch"
                aria-checked={choice().on}
                aria-label={`Grant ${ask.name}`}
                onClick={toggle}
              />
            </Match>
            <Match when={stands().kind !== "open"}>
              <span class="granted">{stands().kind === "held" ? "held" : "granted"}</span>
            </Match>
          </Switch>
          <p>
            {ask.description}
            <For each={kept()}>{entry => <span class="mono entry">{entry}</span>}</For>
          </p>
          <Show when={stands().kind === "open" && ask.example !== null}>
            <div class="scope">
              <label class="input area" classList={{ wrong: unsaid([ask], props.choices, props.replaces).length > 0 }}>
                <textarea
                  ref={field}
                  class="mono"
                  aria-label={`What ${ask.name} is granted for, one entry a line`}
                  placeholder={ask.example ?? ""}
                  rows={Math.min(6, Math.max(1, choice().scope.split("\n").length))}
                  spellcheck={false}
                  autocomplete="off"
                  value={choice().scope}
                  onInput={event => props.choose(ask.name, written(choice(), event.currentTarget.value))}
                />
              </label>
              <span class="micro" classList={{ "c-high": unsaid([ask], props.choices, props.replaces).length > 0 }}>
                {unsaid([ask], props.choices, props.replaces).length > 0
                  ? `say what for, such as ${ask.example ?? ""}; one entry a line`
                  : "only what is listed; one entry a line"}
              </span>
            </div>
          </Show>
          <Trouble failure={props.refusal?.name === ask.name ? props.refusal.failure : undefined} />
        </div>
      );
    }}
  </For>
);
