/**
 * What the host says, under the names that the pages use. The types are made from the host's own description of its API
 * (`npm run api`), so that a page cannot read what no host sends.
 */
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Severity = Schemas["Severity"];
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low"];

export type Labels = Readonly<Schemas["Labels"]>;

export type Status = Schemas["Status"];

export type AlertState = Schemas["AlertState"];
export type Alert = Schemas["Alert"];

export type Diagnostic = Schemas["Diagnostic"];
export type RuleState = Schemas["RuleState"];
export type Rule = Schemas["Rule"];
export type RuleValue = Schemas["RuleValue"];
export type RuleFile = Schemas["RuleFile"];
export type Rules = Schemas["Rules"];

export type PluginState = Schemas["PluginState"];
export type Plugin = Schemas["Plugin"];
export type PluginCapability = Schemas["PluginCapability"];
/** A line that a plugin wrote, or that the host wrote of it. */
export type Said = Schemas["LogLine"];
export type Inspection = Schemas["Inspection"];
export type Ask = Schemas["Ask"];
export type Family = Schemas["Family"];
/** What is decided about capabilities: granted wholly or for what a list names, or refused. */
export type GrantBody = Schemas["Grant"];
/** A run of a few collections that was made to be looked at. */
export type Trial = Schemas["Trial"];

/** A value as it travels: JSON has no NaN and no infinity. */
export type WireValue = Schemas["WireValue"];
export type LiveFrame = Schemas["Frame"];

/** One series of a range query: `null` where the grid has no sample. */
export interface RangeSeries {
  labels: Labels;
  values: (number | null)[];
}

/** A range query's answer on its own grid. */
export interface RangeResult {
  times: number[];
  series: RangeSeries[];
}
