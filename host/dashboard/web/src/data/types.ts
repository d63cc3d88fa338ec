/** What the host says: the documents of its HTTP API and the frames of its live connection. */

export type Severity = "critical" | "high" | "medium" | "low";
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low"];

export type Labels = Readonly<Record<string, string>>;

export interface Status {
  version: string;
  site: string;
  machine: { name: string; kernel: string; os: string; processors: number; memory_bytes: number; boot_ms: number };
  now_ms: number;
  started_ms: number;
  default_interval_ms: number;
  own: { cpu_ratio: number | null; resident_bytes: number };
  store: Readonly<Record<string, unknown>> & { state?: string };
  counts: { plugins: number; plugins_failing: number; series: number; alerts: Partial<Record<Severity, number>> };
  problems: string[];
  /** The limits that rules compare with, by name; older hosts do not tell. */
  thresholds?: Readonly<Record<string, number>>;
}

export type AlertState = "pending" | "firing" | "resolved" | "no_data";

export interface Alert {
  id: string;
  rule: string;
  severity: Severity;
  state: AlertState;
  labels: Labels;
  summary: string;
  detail?: string | null;
  value?: number | string | null;
  since_ms: number;
  resolved_ms?: number | null;
  runbook?: string | null;
}

export interface Diagnostic {
  file: string;
  line: number;
  column: number;
  end_column: number;
  level: string;
  message: string;
  help?: string | null;
  /** The diagnostic as the command line prints it, with its source line. */
  rendered?: string;
}

export type RuleState = "inactive" | "pending" | "firing" | "no_data" | "broken";

export interface Rule {
  name: string;
  file: string;
  line: number;
  severity: Severity;
  state: RuleState;
  alerts: number;
  last_evaluated_ms?: number | null;
  cost_us?: number | null;
  error?: string | null;
  /** How many series it was judged on, and the first few of them. */
  series?: number;
  values?: RuleValue[];
}

export interface RuleValue {
  labels: Labels;
  value: number | null;
  verdict: "holds" | "clear" | "no_data";
}

export interface RuleFile {
  path: string;
  state: "ok" | "broken";
  diagnostics: Diagnostic[];
}

export interface Rules {
  generation: number;
  loaded_ms: number;
  files: RuleFile[];
  rules: Rule[];
}

export type PluginState = "running" | "starting" | "backing_off" | "quarantined" | "refused" | "disabled";

export interface Plugin {
  name: string;
  file: string;
  state: PluginState;
  reason?: string | null;
  version?: string | null;
  description?: string | null;
  /** Why a newer file, or newer settings, are not run; the version before goes on. */
  successor?: string | null;
  hash?: string | null;
  interval_ms: number;
  last_collect_ms?: number | null;
  last_duration_us?: number | null;
  series: number;
  samples_total: number;
  restarts: number;
  capabilities: PluginCapability[];
  /** What it brings along to run in, of a plugin that is not built on the host's interface alone. */
  runtime?: string | null;
  /** What it is granted and does not ask for. */
  unused_grants?: string[];
  /** Calls that its grant did not cover. */
  denied_total?: number;
  /** Its last lines, the newest last. */
  log?: Said[];
}

export interface PluginCapability {
  name: string;
  description?: string;
  granted: boolean;
  scope?: string[] | string | null;
  /** An entry of the list that its grant holds; absent of what is granted wholly. */
  example?: string | null;
}

/** A line that a plugin wrote (`info`, `warn`, `error`), or that the host wrote of it (`denied`, `failed`). */
export interface Said {
  time_ms: number;
  level: string;
  text: string;
}

/** What a plugin file is and asks for, before it is anywhere. */
export interface Inspection {
  hash: string;
  size: number;
  shipped?: boolean;
  runtime?: string | null;
  asks: Ask[];
  manifest: { name: string; version: string; description: string; families: Family[]; dynamic_families?: boolean };
}

/** A capability that a file imports. `held`: it has it without being granted it. `example`: it is granted for a list of these. */
export interface Ask {
  name: string;
  description: string;
  held: boolean;
  example: string | null;
}

export interface Family {
  name: string;
  unit: string;
  kind: string;
  help: string;
  labels: string[];
}

/** What is decided about capabilities: granted wholly or for what a list names, or refused. */
export type GrantBody = Record<string, boolean | string[]>;

/** A run of a few collections that was made to be looked at. */
export interface Trial {
  /** Collections that came to their end. */
  collections: number;
  series: number;
  samples: { series: string; value: number | string }[];
  duration_us: number;
  memory_bytes: number;
  /** Of the last collection. */
  host_calls: number;
  /** Of all collections, and of what was denied, too. */
  used: { capability: string; calls: number }[];
  /** Calls that were denied, each in a sentence. */
  denied: string[];
  log: Said[];
  error?: string | null;
}

/** A value as it travels: JSON has no NaN and no infinity. */
export type WireValue = number | string;

export type LiveFrame =
  | { type: "hello"; seq: number; version: string; now_ms: number; started_ms: number }
  | { type: "series"; seq: number; id: string; series: { i: number; labels: Labels }[] }
  | { type: "tick"; seq: number; t: number; values: Record<string, [number, WireValue][]> }
  | { type: "alerts"; seq: number; alerts: Alert[] }
  | ({ type: "rules"; seq: number } & Rules)
  | { type: "plugins"; seq: number; plugins: Plugin[] }
  | { type: "missed"; seq: number; frames: number }
  | { type: "error"; seq: number; id: string; error: string }
  | { type: "pong"; n: number };

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
