/** Which colour a line gets. Hues only where there are two or more lines, in the order of the tokens. */

const SERIES = 8;

export function series(index: number): string {
  return `series-${(index % SERIES) + 1}`;
}

/** One line has no hue at all. */
export const INK = "series-ink";
