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

/** What a query's text depends on: times in milliseconds, and whose series are asked for (all machines' without a name). */
export interface Windows {
  step: number;
  interval: number;
  machine?: string | undefined;
}

/**
 * Windows of the live values. The host judges them over its memory, which is short, and at every tick: over long
 * steps they are the mean of the last minute, until history brings that of the whole step.
 */
export function liveWindows({ step, ...rest }: Windows): Windows {
  return { ...rest, step: Math.min(step, Math.max(60 * SECOND, 4 * rest.interval)) };
}

/** A value as PromQL writes it between quotes. */
export function quoted(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** The series of one machine, of a metric with or without matchers of its own. */
export function selector(metric: string, machine: string | undefined): string {
  if (machine === undefined) return metric;
  const own = `machine=${quoted(machine)}`;
  return metric.endsWith("}") ? `${metric.slice(0, -1)},${own}}` : `${metric}{${own}}`;
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
export function gauge(metric: string, { step, interval, machine }: Windows): string {
  const series = selector(metric, machine);
  return step < 2 * interval
    ? `last_over_time(${series}[${promDuration(Math.ceil(2.5 * interval))}])`
    : `avg_over_time(${series}[${promDuration(step)}])`;
}

/** The last sample, however long the steps are: for states, whose mean says nothing. */
export function latest(metric: string, { interval, machine }: Windows): string {
  return `last_over_time(${selector(metric, machine)}[${promDuration(Math.ceil(2.5 * interval))}])`;
}

/** A counter's increase a second. */
export function rate(metric: string, windows: Windows): string {
  return `rate(${selector(metric, windows.machine)}[${rateWindow(windows)}])`;
}
