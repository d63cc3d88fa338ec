/** How densely to ask: the step of the grid, and the windows of the queries that follow from it. */

const SECOND = 1000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].map(s => s * SECOND);

/** A screen shows no more points than this; the host sends no more either. */
const MOST_POINTS = 720;
const FEWEST_POINTS = 180;

/** The smallest round step that gives at most a point per two or three pixels and is no finer than the data. */
export function chooseStep(span: number, interval: number, width: number): number {
  const points = Math.min(MOST_POINTS, Math.max(FEWEST_POINTS, width / 2.5));
  const least = Math.max(interval, span / points);
  return STEPS.find(step => step >= least) ?? Math.ceil(least / (86400 * SECOND)) * 86400 * SECOND;
}

/** What a query's text depends on, in milliseconds. */
export interface Windows {
  step: number;
  interval: number;
}

/**
 * Windows of the live values. The host judges them over its memory, which is short, and at every tick: over long
 * steps they are the mean of the last minute, until history brings that of the whole step.
 */
export function liveWindows({ step, interval }: Windows): Windows {
  return { interval, step: Math.min(step, Math.max(60 * SECOND, 4 * interval)) };
}

/** PromQL's spelling of a duration. */
export function promDuration(ms: number): string {
  return ms % SECOND === 0 ? `${ms / SECOND}s` : `${Math.round(ms)}ms`;
}

/** Window for `rate`: it must hold at least two samples even when one is missing. */
export function rateWindow({ step, interval }: Windows): string {
  return promDuration(Math.max(4 * interval, step));
}

/**
 * A gauge on the grid. Where a step holds about one sample it is that sample, and nothing once it is older than two
 * and a half intervals, so that a stop shows as a gap; over longer steps it is their mean.
 */
export function gauge(selector: string, { step, interval }: Windows): string {
  return step < 2 * interval
    ? `last_over_time(${selector}[${promDuration(Math.ceil(2.5 * interval))}])`
    : `avg_over_time(${selector}[${promDuration(step)}])`;
}

/** A counter's increase a second. */
export function rate(selector: string, windows: Windows): string {
  return `rate(${selector}[${rateWindow(windows)}])`;
}
