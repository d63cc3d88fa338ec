/** Stretches of time in which something was so, from shares of each step. */

export interface Stretch {
  from: number;
  to: number;
  /** The highest share of a step within it. */
  share: number;
}

export interface Band {
  name: string;
  stretches: Stretch[];
  /** Mean share over all points that are known. */
  share: number;
  now: boolean;
}

/** A point stands for the step that ends with it. Neighbours with about the same share are one stretch. */
export function band(name: string, times: readonly number[], values: readonly (number | null)[], step: number): Band {
  const stretches: Stretch[] = [];
  let [sum, known] = [0, 0];
  let before = false;
  values.forEach((value, index) => {
    const t = times[index] ?? 0;
    if (value !== null) {
      sum += value;
      known += 1;
    }
    const on = value !== null && value > 0;
    const last = stretches.at(-1);
    if (on && before && last && Math.abs(last.share - value) < 0.15) {
      last.to = t;
      last.share = Math.max(last.share, value);
    } else if (on) {
      stretches.push({ from: t - step, to: t, share: value });
    }
    before = on;
  });
  const last = values.findLast(value => value !== null) ?? 0;
  return { name, stretches, share: known === 0 ? 0 : sum / known, now: last > 0 };
}

/** In words: `now, 12 % of the time`. */
export function told({ share, now }: Band): string {
  const percent = share * 100;
  const part = percent > 0 && percent < 1 ? "under 1 %" : `${Math.round(percent)} %`;
  return now ? `now, ${part} of the time` : `${part} of the time`;
}
