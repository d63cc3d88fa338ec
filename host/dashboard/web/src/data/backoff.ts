/** Waiting times between attempts: doubling, with some chance in them so that many pages do not return at once. */

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

export class Backoff {
  #attempts = 0;

  constructor(private readonly random: () => number = Math.random) {}

  next(): number {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#attempts, 16));
    this.#attempts += 1;
    return Math.round(full * (0.75 + 0.5 * this.random()));
  }

  reset(): void {
    this.#attempts = 0;
  }
}
