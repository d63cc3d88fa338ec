/** The time range of the page: the last so long, or from one moment to another. It lives in the URL. */

export type Range = { kind: "last"; span: number } | { kind: "fixed"; from: number; to: number };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const PRESETS: readonly { label: string; span: number }[] = [
  { label: "Last 5 min", span: 5 * MINUTE },
  { label: "Last 15 min", span: 15 * MINUTE },
  { label: "Last 30 min", span: 30 * MINUTE },
  { label: "Last 1 h", span: HOUR },
  { label: "Last 6 h", span: 6 * HOUR },
  { label: "Last 24 h", span: DAY },
  { label: "Last 7 d", span: 7 * DAY },
  { label: "Last 30 d", span: 30 * DAY },
];

export const DEFAULT_RANGE: Range = { kind: "last", span: 30 * MINUTE };
const SHORTEST = 10 * SECOND;
const LONGEST = 400 * DAY;

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** `30m` as milliseconds; nothing else is a span. */
export function parseSpan(text: string): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  if (!match) return undefined;
  const span = Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0);
  return span >= SHORTEST && span <= LONGEST ? span : undefined;
}

/** Milliseconds in the largest unit that divides them: `30m`. */
export function formatSpan(span: number): string {
  for (const [unit, size] of [
    ["d", DAY],
    ["h", HOUR],
    ["m", MINUTE],
  ] as const) {
    if (span >= size && span % size === 0) return `${span / size}${unit}`;
  }
  return `${Math.round(span / SECOND)}s`;
}

/** The range that a URL asks for; whatever is no range is the default. */
export function readRange(params: URLSearchParams): Range {
  const span = parseSpan(params.get("range") ?? "");
  if (span !== undefined) return { kind: "last", span };
  const from = Number(params.get("from") ?? NaN);
  const to = Number(params.get("to") ?? NaN);
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && to - from >= SHORTEST && to - from <= LONGEST) {
    return { kind: "fixed", from, to };
  }
  return DEFAULT_RANGE;
}

/** Writes the range into a URL's parameters, leaving the others; the default leaves no trace. */
export function writeRange(params: URLSearchParams, range: Range): void {
  for (const name of ["range", "from", "to"]) params.delete(name);
  if (range.kind === "fixed") {
    params.set("from", String(Math.round(range.from)));
    params.set("to", String(Math.round(range.to)));
  } else if (DEFAULT_RANGE.kind !== "last" || range.span !== DEFAULT_RANGE.span) {
    params.set("range", formatSpan(range.span));
  }
}

export function span(range: Range): number {
  return range.kind === "last" ? range.span : range.to - range.from;
}

/** First and last moment shown when it is `now`. */
export function bounds(range: Range, now: number): { from: number; to: number } {
  return range.kind === "last" ? { from: now - range.span, to: now } : { from: range.from, to: range.to };
}

/** Moves by a share of what is shown; whoever reaches the present follows it again. */
export function shift(range: Range, share: number, now: number): Range {
  const { from, to } = bounds(range, now);
  const by = (to - from) * share;
  if (to + by >= now) return { kind: "last", span: to - from };
  return { kind: "fixed", from: Math.round(from + by), to: Math.round(to + by) };
}

/** Shows `factor` times as much: around the middle, or back from the present. */
export function zoom(range: Range, factor: number, now: number): Range {
  const wanted = Math.min(LONGEST, Math.max(SHORTEST, span(range) * factor));
  if (range.kind === "last") {
    const presets = PRESETS.map(preset => preset.span);
    const next = factor < 1 ? presets.filter(p => p < range.span).at(-1) : presets.find(p => p > range.span);
    return { kind: "last", span: next ?? Math.round(wanted / SECOND) * SECOND };
  }
  const middle = (range.from + range.to) / 2;
  const to = middle + wanted / 2;
  if (to >= now) return { kind: "fixed", from: Math.round(now - wanted), to: Math.round(now) };
  return { kind: "fixed", from: Math.round(middle - wanted / 2), to: Math.round(to) };
}

/** The range between two moments, at least the shortest one. */
export function between(a: number, b: number): Range {
  const from = Math.min(a, b);
  return { kind: "fixed", from: Math.round(from), to: Math.round(Math.max(a, b, from + SHORTEST)) };
}
