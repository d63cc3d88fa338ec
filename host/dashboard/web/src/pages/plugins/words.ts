/** States of a plugin in words, and their silhouettes. */
import type { Plugin, PluginState } from "../../data/types";
import type { ShapeName } from "../../parts/Icon";

export const WORDS: Readonly<Record<PluginState, string>> = {
  running: "ok",
  starting: "starting",
  backing_off: "restarting",
  quarantined: "quarantined",
  refused: "refused",
  disabled: "switched off",
};

export const SHAPES: Readonly<Record<PluginState, ShapeName>> = {
  running: "ok",
  starting: "unknown",
  backing_off: "medium",
  quarantined: "high",
  refused: "high",
  disabled: "unknown",
};

/** A plugin runs, and still says why it brought less than it should. */
export function incomplete(plugin: Plugin): boolean {
  return plugin.state === "running" && Boolean(plugin.reason);
}

export function shapeOf(plugin: Plugin): ShapeName {
  return incomplete(plugin) ? "medium" : SHAPES[plugin.state];
}

export function wordOf(plugin: Plugin): string {
  return incomplete(plugin) ? "incomplete" : WORDS[plugin.state];
}

/** States in which a plugin should run but does not. */
export const BAD: readonly PluginState[] = ["quarantined", "refused", "backing_off"];
