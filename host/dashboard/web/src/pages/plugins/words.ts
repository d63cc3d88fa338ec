/** States of a plugin in words, and their silhouettes. */
import type { PluginState } from "../../data/types";
import type { ShapeName } from "../../parts/Icon";

export const WORDS: Readonly<Record<PluginState, string>> = {
  running: "ok",
  starting: "starting",
  backing_off: "backing off",
  quarantined: "quarantined",
  refused: "refused",
  disabled: "disabled",
};

export const SHAPES: Readonly<Record<PluginState, ShapeName>> = {
  running: "ok",
  starting: "unknown",
  backing_off: "medium",
  quarantined: "high",
  refused: "high",
  disabled: "unknown",
};

/** States in which a plugin should run but does not. */
export const BAD: readonly PluginState[] = ["quarantined", "refused", "backing_off"];
