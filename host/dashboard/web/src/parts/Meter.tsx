import { Show, type Component } from "solid-js";
import type { Severity } from "../data/types";
import { vars } from "./style";

/** A share of one as a bar, with a tick where its limit is. */
export const Meter: Component<{ share: number; limit?: number | undefined; severity?: Severity | undefined }> = props => (
  <span
    class={`meter ${props.severity ?? ""}`}
    ref={vars(() => ({ "--v": Math.min(100, props.share * 100) }))}
    aria-hidden="true"
  >
    <i />
    <Show when={props.limit}>{limit => <b ref={vars(() => ({ "--at": limit() * 100 }))} />}</Show>
  </span>
);
