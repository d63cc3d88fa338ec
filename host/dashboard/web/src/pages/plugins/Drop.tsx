import { Show, createSignal, onCleanup, onMount, type Component } from "solid-js";
import { Icon } from "../../parts/Icon";
import { useSay } from "../../shell/Toast";
import { theOne } from "./read";

/** Takes a file that is dropped anywhere on the page, or chosen by a button; the button is the way by keyboard. */
export const Drop: Component<{ take: (file: File) => void; ready: (choose: () => void) => void }> = props => {
  const say = useSay();
  const [over, setOver] = createSignal(false);
  let input: HTMLInputElement | undefined;

  const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
  const take = (files: readonly File[]): void => {
    const why = theOne(files);
    const [file] = files;
    if (why === undefined && file) props.take(file);
    else say(why ?? "no file");
  };
  const drag = (event: DragEvent): void => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    setOver(true);
  };
  const leave = (event: DragEvent): void => {
    // Leaving one element for another of the page tells which; leaving the page does not.
    if (event.relatedTarget === null) setOver(false);
  };
  const drop = (event: DragEvent): void => {
    setOver(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    take([...(event.dataTransfer?.files ?? [])]);
  };
  onMount(() => {
    props.ready(() => input?.click());
    document.addEventListener("dragover", drag);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    onCleanup(() => {
      document.removeEventListener("dragover", drag);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    });
  });
  return (
    <>
      <span class="drop hide-phone c-sm">
        <Icon name="upload" />
        Drop a .wasm anywhere on this page
      </span>
      <button type="button" class="btn" onClick={() => input?.click()}>
        Add…
      </button>
      <input
        ref={input}
        type="file"
        accept=".wasm,application/wasm"
        class="vh"
        tabindex="-1"
        aria-hidden="true"
        onChange={event => {
          take([...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again.
          event.currentTarget.value = "";
        }}
      />
      <Show when={over()}>
        <div class="drop-over" aria-hidden="true">
          <span>
            <Icon name="upload" />
            Drop it to see what it asks for; nothing of it is kept before you say so
          </span>
        </div>
      </Show>
    </>
  );
};
