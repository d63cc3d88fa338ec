import { Show, createContext, createSignal, useContext, type Component, type JSX } from "solid-js";

const SHOWN_MS = 2500;
const Context = createContext<(text: string) => void>(() => undefined);

/** Says briefly that something was done. */
export function useSay(): (text: string) => void {
  return useContext(Context);
}

export const Toasts: Component<{ children: JSX.Element }> = props => {
  const [text, setText] = createSignal("");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (said: string): void => {
    clearTimeout(timer);
    setText(said);
    timer = setTimeout(() => setText(""), SHOWN_MS);
  };
  return (
    <Context.Provider value={say}>
      {props.children}
      <div class="toasts" role="status" aria-live="polite">
        <Show when={text()}>
          <div class="toast">{text()}</div>
        </Show>
      </div>
    </Context.Provider>
  );
};
