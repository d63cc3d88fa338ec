import { expect, test } from "vitest";
import type { ChartSpec } from "../src/chart/spec";
import { charts } from "../src/pages/machine/charts";
import { QUERIES } from "../src/pages/machine/queries";
import type { Status } from "../src/data/types";

const status: Status = {
  version: "0.1.0",
  site: "site",
  machine: { name: "main", kernel: "6.12", os: "Debian", processors: 4, memory_bytes: 8 * 2 ** 30, boot_ms: 0 },
  now_ms: 0,
  started_ms: 0,
  default_interval_ms: 5000,
  own: { cpu_ratio: 0, resident_bytes: 0 },
  thresholds: {},
  store: {
    state: "writing",
    series: 0,
    bytes: 0,
    queue: 0,
    dropped: 0,
    commits: 0,
    samples_total: 0,
    last_commit_us: 0,
    newest_ms: null,
    damaged_chunks: 0,
  },
  counts: { plugins: 0, plugins_failing: 0, series: 0, alerts: { critical: 0, high: 0, medium: 0, low: 0 } },
  problems: [],
};
const all = (known: Status | undefined): ChartSpec[] => Object.values<ChartSpec[]>({ ...charts(() => known) }).flat();
const chart = (id: string, known: Status | undefined = status) => {
  const found = all(known).find(spec => spec.id === id);
  if (!found) throw new Error(`no chart ${id}`);
  return found;
};
const mode = (name: string, ...values: number[]) => ({ labels: { mode: name }, values });

test("every chart asks only for queries of the page, under a name of its own", () => {
  const known = new Set(QUERIES.map(({ id }) => id));
  expect(known.size).toBe(QUERIES.length);
  expect(all(status).flatMap(({ queries }) => queries.filter(id => !known.has(id)))).toEqual([]);
  expect(new Set(all(status).map(({ id }) => id)).size).toBe(all(status).length);
});

test("every chart can be drawn with nothing, before and after the host has said anything", () => {
  for (const known of [undefined, status]) {
    for (const spec of all(known)) {
      expect(spec.lines(spec.queries.map(() => []))).toEqual([]);
      expect(() => [spec.of?.(), spec.max?.(), spec.limits?.(), spec.now?.({ times: [], lines: [] }, 0)]).not.toThrow();
    }
  }
});

test("processor time by mode is a share of all processors, without the idle", () => {
  const lines = chart("cpu-mode").lines([[mode("idle", 2), mode("system", 0.4), mode("user", 1.6)]]);
  expect(lines.map(({ name, values }) => [name, values])).toEqual([
    ["user", [0.4]],
    ["system", [0.1]],
  ]);
});

test("limits are those that the host compares with, and none when it does not tell", () => {
  expect(chart("cpu").limits?.()).toEqual([]);
  const told = { ...status, thresholds: { cpu_percent: 80, memory_percent: 50 } };
  expect(chart("cpu", told).limits?.()).toEqual([{ value: 0.8, severity: "high", label: "80 %" }]);
  expect(chart("memory", told).limits?.()).toEqual([{ value: 4 * 2 ** 30, severity: "high", label: "50 %" }]);
});

test("a machine without swap has no chart of it", () => {
  const states = (used: number) =>
    [
      ["used", used],
      ["free", 0],
    ].map(([state, value]) => ({ labels: { state: String(state) }, values: [Number(value)] }));
  expect(chart("swap").lines([states(0)])).toEqual([]);
  expect(
    chart("swap")
      .lines([states(5)])
      .map(({ name }) => name),
  ).toEqual(["used"]);
});

test("processes of one name are told apart by their user", () => {
  const of = (process: string, user: string, value: number) => ({ labels: { process, user }, values: [value] });
  const lines = chart("process-cpu").lines([[of("node", "a", 3), of("node", "b", 2), of("redis", "r", 1)]]);
  expect(lines.map(({ name }) => name)).toEqual(["node, a", "node, b", "redis"]);
});
