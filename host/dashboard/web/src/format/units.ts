/** Numbers as people read them: a figure and its unit apart, because the unit is dim. */

export type Unit = "%" | "B" | "B/s" | "/s" | "s" | "1" | "count" | "°C" | "W" | "Hz" | "rpm" | "s/J";

/** A dash where there is nothing to say. */
export const NOTHING = "–";

const DECIMAL = ["", "k", "M", "G", "T"];
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];

export interface Figure {
  value: string;
  unit: string;
}

/** Thousands by a thin gap. */
export function grouped(text: string): string {
  const [whole = "", rest] = text.split(".");
  const spaced = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") : whole;
  return rest === undefined ? spaced : `${spaced}.${rest}`;
}

/** Three figures that matter, as far as the unit has them. */
function places(value: number): number {
  const size = Math.abs(value);
  return size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
}

export function figure(value: number | null | undefined, unit: Unit): Figure {
  if (value === null || value === undefined || !Number.isFinite(value)) return { value: NOTHING, unit: "" };
  switch (unit) {
    case "B":
    case "B/s": {
      let scaled = value;
      let power = 0;
      while (Math.abs(scaled) >= 1023.5 && power < BINARY.length - 1) {
        scaled /= 1024;
        power += 1;
      }
      const text = scaled.toFixed(power === 0 || Math.abs(scaled) >= 100 ? 0 : 1);
      return { value: text, unit: `${BINARY[power] ?? ""}${unit}` };
    }
    case "%":
      return { value: (value * 100).toFixed(places(value * 100)), unit: "%" };
    case "/s":
      return Math.abs(value) >= 10_000
        ? { value: (value / 1000).toFixed(1), unit: "k/s" }
        : { value: value.toFixed(places(value)), unit };
    case "s":
      return Math.abs(value) < 1
        ? { value: (value * 1000).toFixed(places(value * 1000)), unit: "ms" }
        : { value: value.toFixed(places(value)), unit: "s" };
    case "s/J":
      return Math.abs(value) < 1
        ? { value: (value * 1000).toFixed(places(value * 1000)), unit: "ms/J" }
        : { value: value.toFixed(places(value)), unit };
    case "Hz": {
      const { scaled, prefix } = thousands(value);
      return { value: scaled.toFixed(prefix === "" ? 0 : places(scaled)), unit: `${prefix}Hz` };
    }
    // Sensors are no more exact than a tenth.
    case "°C":
      return { value: value.toFixed(Number.isInteger(value) || Math.abs(value) >= 99.95 ? 0 : 1), unit };
    case "W":
      return { value: value.toFixed(Math.min(1, places(value))), unit };
    case "rpm":
      return { value: grouped(String(Math.round(value))), unit };
    // What is counted one by one stays whole, also where a point is a mean.
    case "count":
      return { value: grouped(String(Math.round(value))), unit: "" };
    case "1":
      return { value: Number.isInteger(value) ? grouped(String(value)) : value.toFixed(places(value)), unit: "" };
  }
}

/** In the thousands that leave at most three places before the point. */
function thousands(value: number): { scaled: number; prefix: string } {
  let power = 0;
  while (Math.abs(value) / 1000 ** power >= 999.5 && power < DECIMAL.length - 1) power += 1;
  return { scaled: value / 1000 ** power, prefix: DECIMAL[power] ?? "" };
}

/** The figure as one text: `12.4 %`. */
export function text(value: number | null | undefined, unit: Unit): string {
  const { value: number, unit: of } = figure(value, unit);
  return of ? `${number} ${of}` : number;
}

/** Labels of an axis: short, the unit only where it changes along the axis. */
export function axisLabel(value: number, unit: Unit): string {
  if (value === 0) return "0";
  switch (unit) {
    case "%":
      return String(+(value * 100).toFixed(2));
    case "B":
    case "B/s": {
      const { value: number, unit: of } = figure(value, unit);
      return `${number.replace(/\.0$/, "")} ${of.replace(/B.*$/, "")}`.trimEnd();
    }
    case "s":
      return Math.abs(value) < 1 ? `${+(value * 1000).toFixed(3)} ms` : `${+value.toFixed(2)} s`;
    case "s/J":
      return Math.abs(value) < 1 ? `${+(value * 1000).toFixed(3)} m` : String(+value.toFixed(2));
    case "Hz": {
      const { scaled, prefix } = thousands(value);
      return `${+scaled.toFixed(2)} ${prefix}`.trimEnd();
    }
    default:
      return Math.abs(value) >= 10_000 ? `${+(value / 1000).toFixed(1)} k` : String(+value.toFixed(4));
  }
}

/** `1 d 4 h`, `12 min`, `40 s`: the two largest parts, one below ten minutes. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  const keep = first <= 1 ? 2 : 1;
  return parts
    .slice(first, first + keep)
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** An age for the live pill: tenths below ten seconds. */
export function age(ms: number): string {
  return ms < 9950 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : duration(ms);
}

export function micros(us: number | null | undefined): Figure {
  if (us === null || us === undefined) return { value: NOTHING, unit: "" };
  if (us < 1000) return { value: us.toFixed(us < 10 ? 1 : 0), unit: "µs" };
  return us < 1_000_000
    ? { value: (us / 1000).toFixed(us < 10_000 ? 2 : 1), unit: "ms" }
    : { value: (us / 1e6).toFixed(2), unit: "s" };
}
