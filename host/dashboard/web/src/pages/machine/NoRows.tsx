import { Show, type Component } from "solid-js";
import type { Track } from "../../data/feed";
import { SkeletonRows, State } from "../../parts/State";

/** In place of a table: rows on their way, or why there are none. */
export const NoRows: Component<{ track: Track; detail: string; title?: string }> = props => {
  const failed = (): string | undefined => {
    const state = props.track.state();
    return state.kind === "failed" ? state.message : undefined;
  };
  return (
    <Show when={props.track.state().kind !== "loading"} fallback={<SkeletonRows rows={5} />}>
      <State
        shape={failed() ? "high" : "unknown"}
        title={failed() ?? props.title ?? "No data yet"}
        detail={failed() ? undefined : props.detail}
      />
    </Show>
  );
};
