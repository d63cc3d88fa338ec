import { Show, createSignal, createUniqueId, type Component, type JSX } from "solid-js";
import { Icon, type IconName } from "../../parts/Icon";

/** The heading of a section: what it is of, in words, and what can be unfolded below it. */
export const Section: Component<{
  id: string;
  icon: IconName;
  title: string;
  /** Beside the title: a sentence or the names of the devices. */
  say?: JSX.Element;
  /** What few people look at, drawn and asked for only once it is wanted. */
  more?: () => JSX.Element;
  children: JSX.Element;
}> = props => {
  const [open, setOpen] = createSignal(false);
  const folded = createUniqueId();
  return (
    <>
      <div class="sect" id={props.id}>
        <Icon name={props.icon} />
        <h2>{props.title}</h2>
        <Show when={props.say}>
          <span>{props.say}</span>
        </Show>
        <Show when={props.more}>
          <button
            type="button"
            class="btn mini quiet end"
            aria-expanded={open()}
            aria-controls={folded}
            onClick={() => setOpen(now => !now)}
          >
            {open() ? "Less" : "More"}
            <span class="vh"> of {props.title}</span>
            <Icon name="down" class={open() ? "turned" : ""} />
          </button>
        </Show>
      </div>
      {props.children}
      <div id={folded} class="folded">
        <Show when={open() && props.more}>{more => more()()}</Show>
      </div>
    </>
  );
};
