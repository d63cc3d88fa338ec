/** What an operator chose for the things a plugin asks for, and the decisions that follow from it. */
import type { Ask, GrantBody, Plugin } from "../../data/types";
import { refusedTo, wantedIn } from "./wanted";
import { needed } from "./words";

/** The choice for one capability: whether to grant it, and what for, one entry a line. */
export interface Choice {
  on: boolean;
  scope: string;
}

/** What was touched; the rest is as it is proposed. */
export type Choices = Readonly<Record<string, Choice>>;

/**
 * How a thing that is asked for stands before anything is chosen: a shipped plugin holds it, the plugin whose place the
 * file takes was granted it, or it is to be decided.
 */
export type Standing = { kind: "held" } | { kind: "kept"; scope: string[] } | { kind: "open"; refused: boolean };

export function standing(ask: Ask, replaces: Plugin | undefined): Standing {
  const refused = replaces !== undefined && refusedTo(replaces).includes(ask.name);
  if (ask.held && !refused) return { kind: "held" };
  const kept = replaces?.capabilities.find(({ name, granted }) => granted && name === ask.name);
  return kept ? { kind: "kept", scope: scopeOf(kept.scope) } : { kind: "open", refused };
}

export function scopeOf(scope: string[] | string | null | undefined): string[] {
  return Array.isArray(scope) ? scope : scope ? [scope] : [];
}

/** The entries of a list that was written one a line; blank ones and repetitions say nothing. */
export function entries(text: string): string[] {
  const lines = text.split("\n").map(line => line.trim());
  return lines.filter((line, index) => line !== "" && lines.indexOf(line) === index);
}

/** A list that begins switches the grant on, an emptied one off. */
export function written(choice: Choice, scope: string): Choice {
  const [before, after] = [entries(choice.scope).length, entries(scope).length];
  return { scope, on: after === 0 ? choice.on && before === 0 : choice.on || before === 0 };
}

/** Untouched, what needs no list is granted, unless it was refused before; a list has to be written first. */
export function choiceOf(ask: Ask, choices: Choices, replaces?: Plugin): Choice {
  const stands = standing(ask, replaces);
  return choices[ask.name] ?? { on: ask.example === null && !(stands.kind === "open" && stands.refused), scope: "" };
}

/** A decision on each thing that is open. What is switched on and does not say what for is none yet: see `unsaid`. */
export function grantBody(asks: readonly Ask[], choices: Choices, replaces?: Plugin): GrantBody {
  const body: GrantBody = {};
  for (const ask of asks) {
    if (standing(ask, replaces).kind !== "open") continue;
    const { on, scope } = choiceOf(ask, choices, replaces);
    if (!on) body[ask.name] = false;
    else if (ask.example === null) body[ask.name] = true;
    else if (entries(scope).length > 0) body[ask.name] = entries(scope);
  }
  return body;
}

/** What the plugin could use afterwards: for a trial, which knows nothing of what was granted before. */
export function wholeGrant(asks: readonly Ask[], choices: Choices, replaces?: Plugin): GrantBody {
  const body = grantBody(asks, choices, replaces);
  for (const ask of asks) {
    const stands = standing(ask, replaces);
    if (stands.kind === "held") body[ask.name] = true;
    else if (stands.kind === "kept") body[ask.name] = stands.scope.length > 0 ? stands.scope : true;
  }
  return body;
}

/**
 * What is sent once the file is in place: the decisions, and what was kept but counts no more. A shipped plugin held that
 * by being one, and the file in its place is another.
 */
export function inPlace(body: GrantBody, whole: GrantBody, waiting: readonly string[]): GrantBody {
  const more = waiting.flatMap(name => (whole[name] === undefined || name in body ? [] : [[name, whole[name]] as const]));
  return { ...body, ...Object.fromEntries(more) };
}

/** Things that are switched on but do not say what for. */
export function unsaid(asks: readonly Ask[], choices: Choices, replaces?: Plugin): string[] {
  return asks
    .filter(ask => standing(ask, replaces).kind === "open" && ask.example !== null)
    .filter(ask => choiceOf(ask, choices, replaces).on && entries(choiceOf(ask, choices, replaces).scope).length === 0)
    .map(({ name }) => name);
}

/** What of it is granted, and what refused. */
export function decided(body: GrantBody): { granted: string[]; refused: string[] } {
  const names = Object.keys(body);
  return { granted: names.filter(name => body[name] !== false), refused: names.filter(name => body[name] === false) };
}

/** What an installed plugin, or the newer file that waits beside it, asks for, as the inspection of a file would tell it. */
export function asksOf(plugin: Plugin): Ask[] {
  const own = plugin.capabilities.map(({ name, description, example }) => ({
    name,
    description: description ?? "",
    held: false,
    example: example ?? null,
  }));
  const more = wantedIn(plugin.successor).filter(({ name }) => !own.some(one => one.name === name));
  return [...own, ...more.map(one => ({ ...one, description: "the newer file asks for it", held: false }))];
}

/** The capability that a refusal of the host speaks of, to show it there. */
export function placeOf(message: string, asks: readonly Ask[]): string | undefined {
  return asks.find(({ name }) => message.includes(`.grant.${name}\``) || message.includes(`with \`${name}\``))?.name;
}

/** What the button of the dialog does, in its own words. */
export function outcome(body: GrantBody, replaces: boolean): string {
  const { granted, refused } = decided(body);
  if (granted.length === 0 && refused.length === 0) return replaces ? "Replace and start" : "Install and start";
  return `${granted.length > 0 ? `Grant ${granted.length}` : `Refuse ${refused.length}`} and ${replaces ? "replace" : "start"}`;
}

/** What comes of it, for the line beside the button. */
export function consequence(body: GrantBody): string {
  const { refused } = decided(body);
  return refused.length === 0 ? "" : `${needed(refused)} denied to it; it goes without`;
}
