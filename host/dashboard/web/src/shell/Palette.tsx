import { For, Show, createMemo, createSignal, type Component } from "solid-js";
import { Dialog } from "../parts/Dialog";
import { Icon, type IconName } from "../parts/Icon";

export interface Command {
  title: string;
  kind: string;
  icon: IconName;
  run: () => void;
  /** Further words that find it. */
  words?: string;
}

const MOST = 12;

/** Every word of the query must occur; matches at the start of the title come first. */
export function find(commands: readonly Command[], query: string): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .map((command, place) => {
      const title = command.title.toLowerCase();
      const text = `${title} ${command.kind} ${command.words ?? ""}`.toLowerCase();
      if (!words.every(word => text.includes(word))) return undefined;
      const rank = words.length > 0 && title.startsWith(words[0] ?? "") ? 0 : words.every(word => title.includes(word)) ? 1 : 2;
      return { command, rank, place };
    })
    .filter(found => found !== undefined)
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({ command }) => command);
}

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
