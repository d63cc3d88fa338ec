/** Short forms of the queries that the machine page's sections are made of. */
import type { Query } from "../../data/feed";
import { gauge, latest, rate } from "../../data/step";

/** A gauge over the range. */
export const g = (id: string, metric: string): Query => ({ id, text: windows => gauge(metric, windows) });
/** A counter's increase a second, over the range. */
export const r = (id: string, metric: string): Query => ({ id, text: windows => rate(metric, windows) });
/** What is there now, for tables and limits. */
export const n = (id: string, metric: string): Query => ({ id, text: windows => latest(metric, windows), newest: true });
/** How fast a counter grows now, for tables. */
export const rn = (id: string, metric: string): Query => ({ ...r(id, metric), newest: true });
