/** Where an axis is labelled: round numbers for values, whole minutes, hours and days for time. */
import type { Unit } from "./units";

/** Round values from `low` to `high`, about `want` steps apart. */
export function valueTicks(low: number, high: number, unit: Unit, want: number): number[] {
  const range = high - low;
  if (!(range > 0) || !Number.isFinite(range)) return [low];
  const step = unit === "B" || unit === "B/s" ? binaryStep(range / want) : decimalStep(range / want);
  const ticks: number[] = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-6; index += 1) {
    ticks.push(+(index * step).toPrecision(12));
  }
  return ticks;
}

function decimalStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const share = raw / power;
  return power * (share < 1.5 ? 1 : share < 3.2 ? 2 : share < 7 ? 5 : 10);
}

function binaryStep(raw: number): number {
  if (raw <= 1) return 1;
  const power = 1024 ** Math.max(0, Math.floor(Math.log(raw) / Math.log(1024)));
  const share = raw / power;
  const factor = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].find(candidate => candidate >= share * 0.75) ?? 1024;
  return power * factor;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map(n => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map(n => n * MINUTE),
  ...[1, 2, 4, 6, 12].map(n => n * HOUR),
  ...[1, 2, 3, 5, 7, 14, 30, 90].map(n => n * DAY),
];

/** Moments to label between two, in local time, `width` pixels wide with about 72 between labels. */
export function timeTicks(from: number, to: number, width: number): number[] {
  const want = Math.max(2, Math.floor(width / 72));
  const step = TIME_STEPS.find(candidate => (to - from) / candidate <= want) ?? 365 * DAY;
  // Whole hours and days are those of the place, so the grid is laid on local time.
  const offset = new Date(from).getTimezoneOffset() * MINUTE;
  const ticks: number[] = [];
  for (let t = Math.ceil((from - offset) / step) * step + offset; t <= to; t += step) ticks.push(t);
  return ticks;
}
