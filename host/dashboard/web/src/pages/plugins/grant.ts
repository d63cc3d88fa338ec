/** What an operator chose for the things a plugin asks for, and the grant that follows from it. */
import type { Ask, GrantBody, Plugin } from "../../data/types";
import { lacking, needed } from "./words";

/** The choice for one capability: whether to grant it, and what for, one entry a line. */
export interface Choice {
  on: boolean;
  scope: string;
}

export type Choices = Readonly<Record<string, Choice>>;

const NOTHING: Choice = { on: false, scope: "" };

/**
 * How a thing that is asked for stands before anything is chosen: a shipped plugin holds it, the plugin whose place the
 * file takes was granted it, or it is to be decided.
 */
export type Standing = { kind: "held" } | { kind: "kept"; scope: string[] } | { kind: "open" };

export function standing(ask: Ask, replaces: Plugin | undefined): Standing {
  if (ask.held) return { kind: "held" };
  const kept = replaces?.capabilities.find(({ name, granted }) => granted && name === ask.name);
  return kept ? { kind: "kept", scope: scopeOf(kept.scope) } : { kind: "open" };
}

export function scopeOf(scope: string[] | string | null | undefined): string[] {
  return Array.isArray(scope) ? scope : scope ? [scope] : [];
}

/** The entries of a list that was written one a line; blank ones and repetitions say nothing. */
export function entries(text: string): string[] {
  const lines = text.split("\n").map(line => line.trim());
  return lines.filter((line, index) => line !== "" && lines.indexOf(line) === index);
}

/** What needs no list is granted unless it is taken away; a list has to be written first. */
export function firstChoices(asks: readonly Ask[]): Record<string, Choice> {
  return Object.fromEntries(asks.map(ask => [ask.name, { on: ask.example === null, scope: "" }]));
}

/** A list that begins switches the grant on, an emptied one off. */
export function written(choice: Choice, scope: string): Choice {
  const [before, after] = [entries(choice.scope).length, entries(scope).length];
  return { scope, on: after === 0 ? choice.on && before === 0 : choice.on || before === 0 };
}

export function choiceOf(choices: Choices, name: string): Choice {
  return choices[name] ?? NOTHING;
}

/** The body of the grant: of what is open, what is switched on and says what for if it has to. */
export function grantBody(asks: readonly Ask[], choices: Choices, replaces?: Plugin): GrantBody {
  const body: GrantBody = {};
  for (const ask of asks) {
    const choice = choiceOf(choices, ask.name);
    if (standing(ask, replaces).kind !== "open" || !choice.on) continue;
    if (ask.example === null) body[ask.name] = true;
    else if (entries(choice.scope).length > 0) body[ask.name] = entries(choice.scope);
  }
  return body;
}

/** What the plugin could use after the grant: for a trial, which knows nothing of an instance. */
export function wholeGrant(asks: readonly Ask[], choices: Choices, replaces?: Plugin): GrantBody {
  const body = grantBody(asks, choices, replaces);
  for (const ask of asks) {
    const stands = standing(ask, replaces);
    if (stands.kind === "held") body[ask.name] = true;
    else if (stands.kind === "kept") body[ask.name] = stands.scope.length > 0 ? stands.scope : true;
  }
  return body;
}

/** Things that are switched on but do not say what for. */
export function unsaid(asks: readonly Ask[], choices: Choices, replaces?: Plugin): string[] {
  return asks
    .filter(ask => standing(ask, replaces).kind === "open" && ask.example !== null)
    .filter(({ name }) => choiceOf(choices, name).on && entries(choiceOf(choices, name).scope).length === 0)
    .map(({ name }) => name);
}

/** Things that stay ungranted: with any of them the plugin does not start. */
export function missing(asks: readonly Ask[], choices: Choices, replaces?: Plugin): string[] {
  const body = grantBody(asks, choices, replaces);
  return asks.filter(ask => standing(ask, replaces).kind === "open" && !(ask.name in body)).map(({ name }) => name);
}

/** What an installed plugin, or the newer file that waits beside it, asks for, as the inspection of a file would tell it. */
export function asksOf(plugin: Plugin): Ask[] {
  const wanted = [...wantedIn(plugin.reason), ...wantedIn(plugin.successor)];
  const own = plugin.capabilities.map(({ name, description, scope, example }) => ({
    name,
    description: description ?? "",
    held: false,
    example: example ?? wanted.find(one => one.name === name)?.example ?? scopeOf(scope)[0] ?? null,
  }));
  const more = wantedIn(plugin.successor).filter(({ name }) => !own.some(one => one.name === name));
  return [...own, ...more.map(one => ({ ...one, description: "the newer file asks for it", held: false }))];
}

/** The names of what waits for a grant, for the running file or for the newer one. */
export function waitingFor(plugin: Plugin): string[] {
  return [...new Set([...lacking(plugin), ...wantedIn(plugin.successor).map(({ name }) => name)])];
}

/**
 * The host's refusal writes down a grant that would do: `grant: { cpu: true, files: ["/var/log/app/*.log"] }`, with an
 * example where one has to say what for. Of a newer file that is not run, it is all that is known.
 */
export function wantedIn(refusal: string | null | undefined): { name: string; example: string | null }[] {
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

/** The capability that a refusal of the host speaks of, to show it there. */
export function placeOf(message: string, asks: readonly Ask[]): string | undefined {
  return asks.find(({ name }) => message.includes(`.grant.${name}\``) || message.includes(`with \`${name}\``))?.name;
}

/** What the button of the dialog does, in its own words. */
export function outcome(granted: number, without: readonly string[], replaces: boolean): string {
  const put = replaces ? "Replace" : "Install";
  if (granted === 0) return without.length > 0 ? `${put} without a grant` : `${put} and start`;
  if (without.length > 0) return `Grant ${granted} and wait`;
  return `Grant ${granted} and ${replaces ? "replace" : "start"}`;
}

/** The same of a grant alone. */
export function grantLabel(granted: number, without: readonly string[]): string {
  if (granted === 0) return "Grant";
  return without.length > 0 ? `Grant ${granted}` : `Grant ${granted} and start`;
}

/** What comes of it, for the line beside the button. */
export function consequence(without: readonly string[], replaces: Plugin | undefined): string {
  if (without.length === 0) return "";
  const wait = `it starts when ${needed(without)} granted too`;
  return replaces?.state === "running" ? `${wait}; until then what runs goes on` : wait;
}
