/** Whether what the page shows is current: one small decision, apart from connections and drawing. */

export type Liveness = "connecting" | "live" | "behind" | "lost" | "paused";

export interface Signs {
  /** The page shows a fixed range. */
  paused: boolean;
  connected: boolean;
  /** Whether the last request over HTTP was answered; undefined before the first. */
  answers: boolean | undefined;
  /** Age of the newest data in milliseconds, if there is any. */
  age: number | undefined;
  interval: number;
}

/** Data may be late by a collection and a moment before it counts as behind. */
export function lateAfter(interval: number): number {
  return 2 * interval + 3000;
}

export function liveness({ paused, connected, answers, age, interval }: Signs): Liveness {
  if (!connected && answers === false) return "lost";
  if (paused) return "paused";
  if (age === undefined) return answers === undefined || connected ? "connecting" : "behind";
  return connected && age <= lateAfter(interval) ? "live" : "behind";
}
