import type { Component, JSX } from "solid-js";
import { Dialog } from "../../parts/Dialog";
import { Trouble } from "./Trouble";
import type { Failure } from "./words";

/** Says what will happen before it does. The focus is on the way out. */
export const Confirm: Component<{
  title: string;
  /** The button that does it. */
  label: string;
  busy: string | false;
  failure?: Failure | undefined;
  run: () => void;
  close: () => void;
  children: JSX.Element;
}> = props => (
  <Dialog title={props.title} close={() => !props.busy && props.close()}>
    <section class="consequences" aria-busy={props.busy !== false}>
      {props.children}
      <Trouble failure={props.failure} />
    </section>
    <div class="dialog-foot">
      <button
        type="button"
        class="btn"
        data-first
        aria-disabled={props.busy !== false}
        onClick={() => !props.busy && props.close()}
      >
        Leave it
      </button>
      <button type="button" class="btn danger" aria-disabled={props.busy !== false} onClick={() => !props.busy && props.run()}>
        {props.busy || props.label}
      </button>
    </div>
  </Dialog>
);
