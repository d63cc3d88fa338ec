/** The newest values of a track, for tables. */
import type { Track } from "../../data/feed";
import type { Labels } from "../../data/types";

export interface Newest {
  labels: Labels;
  value: number;
}

/** Of each series its last value; those that ended before the newest `within` points are no longer there. */
export function newest(track: Track, within = 3): Newest[] {
  track.version();
  const found: Newest[] = [];
  for (const { labels, values } of track.columns.columns.values()) {
    const index = values.findLastIndex(value => value !== null);
    const value = values[index] ?? null;
    if (value !== null && index >= values.length - within) found.push({ labels, value });
  }
  return found;
}
