import { Show, type Component } from "solid-js";
import { Icon } from "../../parts/Icon";

/** What a plugin brings along to run in, where it is not built on the host's interface alone: beside what it may use. */
export const Runtime: Component<{ of: string | null | undefined }> = props => (
  <Show when={props.of}>
    {runtime => (
      <div class="grant">
        <Icon name="settings" />
        <strong>runtime</strong>
        <p>{runtime()}</p>
      </div>
    )}
  </Show>
);
