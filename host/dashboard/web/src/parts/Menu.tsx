import { For, Show, createSignal, onCleanup, type Component, type JSX } from "solid-js";

export interface MenuItem {
  label: string;
  run: () => void;
  hint?: string;
  current?: boolean;
}

/** A button with a list of things to do below it. */
export const Menu: Component<{
  label: string;
  items: MenuItem[];
  class: string;
  children: JSX.Element;
  after?: (close: () => void) => JSX.Element;
}> = props => {
  const [open, setOpen] = createSignal(false);
  let box: HTMLDivElement | undefined;
  let button: HTMLButtonElement | undefined;

  const outside = (event: Event): void => {
    if (box && event.target instanceof Node && !box.contains(event.target)) close(false);
  };
  const close = (refocus: boolean): void => {
    setOpen(false);
    document.removeEventListener("pointerdown", outside, true);
    if (refocus) button?.focus();
  };
  const toggle = (): void => {
    if (open()) return close(true);
    setOpen(true);
    document.addEventListener("pointerdown", outside, true);
    queueMicrotask(() => box?.querySelector<HTMLElement>("[role^=menuitem]")?.focus());
  };
  onCleanup(() => document.removeEventListener("pointerdown", outside, true));

  const keys = (event: KeyboardEvent): void => {
    if (!open()) return;
    const items = [...(box?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") {
      close(true);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]?.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="menu-box" ref={box} onKeyDown={keys}>
      <button
        type="button"
        class={props.class}
        aria-haspopup="menu"
        aria-expanded={open()}
        aria-label={props.label}
        ref={button}
        onClick={toggle}
      >
        {props.children}
      </button>
      <Show when={open()}>
        <div class="menu-list">
          <div role="menu" aria-label={props.label}>
            <For each={props.items}>
              {item => (
                <button
                  type="button"
                  role={item.current === undefined ? "menuitem" : "menuitemradio"}
                  aria-checked={item.current}
                  tabindex="-1"
                  onClick={() => {
                    close(true);
                    item.run();
                  }}
                >
                  <span>{item.label}</span>
                  <Show when={item.hint}>{hint => <span class="dim">{hint()}</span>}</Show>
                </button>
              )}
            </For>
          </div>
          {props.after?.(() => close(true))}
        </div>
      </Show>
    </div>
  );
};
