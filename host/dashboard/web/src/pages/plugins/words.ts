/** States of a plugin in words, and their silhouettes. */
import type { ApiError } from "../../data/api";
import type { Plugin, PluginState } from "../../data/types";
import type { IconName, ShapeName } from "../../parts/Icon";
import { undecided, wantedIn } from "./wanted";

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

const CAPABILITY_ICONS: Readonly<Record<string, IconName>> = {
  cpu: "cpu",
  memory: "memory",
  disk: "disk",
  net: "network",
  process: "proc",
  kernel: "settings",
  sensors: "explore",
  "power-supply": "plugins",
  cgroups: "filter",
  gpu: "cpu",
  npu: "cpu",
  services: "list",
  containers: "machine",
  files: "file",
  http: "globe",
  websocket: "globe",
  redis: "db",
  probe: "network",
  browser: "globe",
};

export function iconOf(capability: string): IconName {
  return CAPABILITY_ICONS[capability] ?? "key";
}

/** A plugin runs, and still says why it brought less than it should. */
export function incomplete(plugin: Plugin): boolean {
  return plugin.state === "running" && Boolean(plugin.reason);
}

/** It runs, and this machine has nothing of what it measures: that is no failure, and looked for again by itself. */
export function rests(plugin: Plugin): boolean {
  return plugin.state === "running" && !plugin.reason && plugin.series === 0 && Boolean(plugin.last_collect_ms);
}

/** It asks for what nobody has granted yet: a decision is wanted, nothing is broken. */
export function waits(plugin: Plugin): boolean {
  return undecided(plugin).length > 0;
}

export function shapeOf(plugin: Plugin): ShapeName {
  return incomplete(plugin) || waits(plugin) ? "medium" : SHAPES[plugin.state];
}

/** The silhouette of them all. */
export function worst(plugins: readonly Plugin[]): ShapeName {
  const shapes = plugins.map(shapeOf);
  return (["high", "medium"] as const).find(shape => shapes.includes(shape)) ?? "ok";
}

export function wordOf(plugin: Plugin): string {
  if (waits(plugin)) return "waits for a grant";
  if (rests(plugin)) return "nothing to measure";
  return incomplete(plugin) ? "incomplete" : WORDS[plugin.state];
}

/** Why it is as it is. Of a plugin that waits for a grant the page offers the grant, not lines for a file. */
export function reasonOf(plugin: Plugin): string | undefined {
  if (waits(plugin)) return lacks(undecided(plugin));
  return plugin.reason ?? undefined;
}

/** The host's own sentence, without the lines for a file that follow it there. */
export function lacks(names: readonly string[]): string {
  return `it asks for ${list(names)}, which ${names.length === 1 ? "is" : "are"} not granted`;
}

/** A sentence of the host on this page, where a grant is a press and no line for a file. */
export function told(sentence: string): string {
  const wanted = wantedIn(sentence);
  return wanted.length > 0 ? lacks(wanted.map(({ name }) => name)) : sentence;
}

/** States in which a plugin should run but does not. */
export const BAD: readonly PluginState[] = ["quarantined", "refused", "backing_off"];

/** Plugins that need attention first, then by name. */
export function byUrgency(plugins: readonly Plugin[]): Plugin[] {
  const urgency = (plugin: Plugin): number => (waits(plugin) ? 1 : BAD.includes(plugin.state) ? 2 : 0);
  return [...plugins].sort((a, b) => urgency(b) - urgency(a) || a.name.localeCompare(b.name));
}

/** The sentence above the list. */
export function sentence(plugins: readonly Plugin[]): string {
  const words = [
    "quarantined",
    "refused",
    "restarting",
    "waits for a grant",
    "incomplete",
    "starting",
    "switched off",
    "nothing to measure",
  ];
  const counts = words
    .map(word => ({ word, count: plugins.filter(plugin => wordOf(plugin) === word).length }))
    .filter(({ count }) => count > 0);
  return [
    plugins.length === 0 ? "No plugins" : counted(plugins.length, "plugin"),
    ...counts.map(({ word, count }) => `${count} ${(count > 1 ? word.replace(/^waits/, "wait") : word).replace(/^nothing/, "with nothing")}`),
  ].join(", ");
}

export function counted(count: number, thing: string): string {
  return `${count} ${count === 1 ? thing : `${thing}s`}`;
}

const NUMBERS = ["nothing", "one thing", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** `reader 0.1.0 asks for three things`. */
export function asksFor(name: string, version: string, count: number): string {
  const word = NUMBERS[count] ?? String(count);
  return `${[name, version].filter(Boolean).join(" ")} asks for ${count > 1 ? `${word} things` : word}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

/** `files is`, `files and http are`. */
export function needed(names: readonly string[]): string {
  return `${list(names)} ${names.length === 1 ? "is" : "are"}`;
}

export function shortHash(hash: string): string {
  return hash.length > 12 ? `${hash.slice(0, 6)}…${hash.slice(-4)}` : hash;
}

const LEVELS: Readonly<Record<string, ShapeName>> = {
  error: "high",
  failed: "high",
  warn: "medium",
  denied: "medium",
};

/** A line that only informs has the hollow ring, in grey. */
export function levelShape(level: string): ShapeName {
  return LEVELS[level] ?? "low";
}

/** What went wrong when the host was asked to do something. */
export interface Failure {
  message: string;
  help?: string | undefined;
}

export function failureOf(error: unknown): Failure {
  const { message, help, status } = error as ApiError;
  if (status === 401 || status === 403) return { message: `No permission: ${message}`, help };
  if (status === 0) return { message, help: "nothing is lost here; try again when it is back" };
  return { message, help };
}
