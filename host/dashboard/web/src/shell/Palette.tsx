import { For, Show, createMemo, createSignal, type Component } from "solid-js";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { find, type Command } from "./find";

const MOST = 12;

export const Palette: Component<{ commands: Command[]; close: () => void }> = props => {
  const [query, setQuery] = createSignal("");
  const [at, setAt] = createSignal(0);
  const found = createMemo(() => find(props.commands, query()));
  const run = (command: Command | undefined): void => {
    if (!command) return;
    props.close();
    command.run();
  };
  const keys = (event: KeyboardEvent): void => {
    const count = Math.min(MOST, found().length);
    if (event.key === "ArrowDown") setAt((at() + 1) % Math.max(1, count));
    else if (event.key === "ArrowUp") setAt((at() + count - 1) % Math.max(1, count));
    else if (event.key === "Enter") run(found()[at()]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search or jump to" close={props.close} class="palette" plain>
      <div class="palette-head">
        <Icon name="search" class="sec" />
        <input
          data-first
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found().length > 0 ? `palette-${at()}` : undefined}
          aria-label="Search or jump to"
          autocomplete="off"
          spellcheck={false}
          value={query()}
          onInput={event => {
            setQuery(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={keys}
        />
        <span class="dim small">{found().length === 1 ? "1 result" : `${found().length} results`}</span>
      </div>
      <div id="palette-list" role="listbox" aria-label="Results">
        <For each={found().slice(0, MOST)} fallback={<div class="palette-none dim">nothing of that name here</div>}>
          {(command, index) => (
            <div
              id={`palette-${index()}`}
              class="palette-row"
              role="option"
              aria-selected={index() === at()}
              onPointerMove={() => setAt(index())}
              onClick={() => run(command)}
            >
              <Icon name={command.icon} class="sec" />
              <span class="trunc">{command.title}</span>
              <span class="end dim small">{command.kind}</span>
              <Show when={index() === at()}>
                <kbd>Enter</kbd>
              </Show>
            </div>
          )}
        </For>
      </div>
    </Dialog>
  );
};
