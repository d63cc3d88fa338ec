import { onCleanup, onMount, type Component, type JSX } from "solid-js";
import { Icon } from "./Icon";

/** Something above the page. Focus goes into it and returns; Esc and a press beside it close it. */
export const Dialog: Component<{
  title: string;
  close: () => void;
  children: JSX.Element;
  class?: string;
  plain?: boolean;
  /** Below the title. */
  sub?: JSX.Element;
  /** It holds something that would be lost: a press beside it does not close it. */
  steady?: boolean;
}> = props => {
  let box: HTMLDivElement | undefined;
  const before = document.activeElement;
  onMount(() => (box?.querySelector<HTMLElement>("[data-first]") ?? box)?.focus());
  onCleanup(() => before instanceof HTMLElement && before.focus());

  // What had the focus may be gone by now; without it Esc and Tab would go to the page below.
  const keep = (): void => {
    requestAnimationFrame(() => {
      if (box?.isConnected && document.activeElement === document.body) box.focus();
    });
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      props.close();
    } else if (event.key === "Tab" && box) {
      stayInside(box, event);
    }
  };
  return (
    <div
      class={`scrim ${props.class ?? ""}`}
      onPointerDown={event => event.target === event.currentTarget && !props.steady && props.close()}
    >
      <div
        class="dialog"
        role="dialog"
        aria-modal="true"
        aria-label={props.title}
        tabindex="-1"
        ref={box}
        onKeyDown={keys}
        onFocusOut={keep}
        onClick={keep}
      >
        {props.plain ? null : (
          <div class="dialog-head">
            <div class="row">
              <h2>{props.title}</h2>
              <button type="button" class="btn quiet icon end" aria-label="Close" onClick={() => props.close()}>
                <Icon name="x" />
              </button>
            </div>
            {props.sub}
          </div>
        )}
        {props.children}
      </div>
    </div>
  );
};

function stayInside(box: HTMLElement, event: KeyboardEvent): void {
  const stops = [
    ...box.querySelectorAll<HTMLElement>("a[href], button:not([disabled]), input, textarea, select, [tabindex='0']"),
  ];
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (stops.length === 0) {
    event.preventDefault();
  } else if (document.activeElement === edge || document.activeElement === box) {
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  }
}
