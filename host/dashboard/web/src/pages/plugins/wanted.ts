/** What waits for a decision, and what was decided against. */
import type { Plugin } from "../../data/types";

/** A capability that is asked for: `example` is an entry of the list that its grant holds, where it needs one. */
export interface Wanted {
  name: string;
  example: string | null;
}

/**
 * The host's refusal writes down a grant that would do: `grant: { cpu: true, files: ["/var/log/app/*.log"] }`, with an
 * example where one has to say what for. Nothing else tells what is undecided; of a newer file that is not run, it is all
 * that is known.
 */
export function wantedIn(refusal: string | null | undefined): Wanted[] {
  const [, written = ""] = (refusal ?? "").split("which is not granted;")[1]?.split("grant: {") ?? [];
  return [...written.matchAll(/([a-z0-9-]+): (?:true|\[("(?:[^"\\]|\\.)*")\])/g)].map(([, name = "", example]) => ({
    name,
    example: example === undefined ? null : unquoted(example),
  }));
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

/** What a plugin that does not run for want of a grant waits for. */
export function undecided(plugin: Plugin): string[] {
  return plugin.state === "refused" ? wantedIn(plugin.reason).map(({ name }) => name) : [];
}

/** The same, or what the newer file beside it waits for. */
export function waitingFor(plugin: Plugin): string[] {
  return [...new Set([...undecided(plugin), ...wantedIn(plugin.successor).map(({ name }) => name)])];
}

/** What it asks for and was refused: it runs without. */
export function refusedTo(plugin: Plugin): string[] {
  const open = undecided(plugin);
  return plugin.capabilities.filter(({ name, granted }) => !granted && !open.includes(name)).map(({ name }) => name);
}
