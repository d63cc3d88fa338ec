import { describe, expect, test } from "vitest";
import { Backoff } from "../src/data/backoff";
import { liveness, type Signs } from "../src/data/health";
import type { Alert } from "../src/data/types";
import { beats } from "../src/pages/machine/beats";
import { source } from "../src/pages/rules/source";
import { find } from "../src/shell/find";

describe("the live pill", () => {
  const signs: Signs = { paused: false, connected: true, answers: true, age: 400, interval: 5000 };
  test.each<[string, Partial<Signs>]>([
    ["live", {}],
    ["live", { age: 12_000 }],
    ["behind", { age: 14_000 }],
    ["behind", { connected: false }],
    ["lost", { connected: false, answers: false }],
    ["lost", { connected: false, answers: false, paused: true }],
    ["paused", { paused: true }],
    ["connecting", { connected: false, answers: undefined, age: undefined }],
    ["connecting", { age: undefined }],
  ])("says %s for %o", (expected, more) => {
    expect(liveness({ ...signs, ...more })).toBe(expected);
  });
});

test("attempts to connect wait longer each time, up to a limit, and start over", () => {
  const backoff = new Backoff(() => 0.5);
  expect(Array.from({ length: 7 }, () => backoff.next())).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  backoff.reset();
  expect(backoff.next()).toBe(500);
});

describe("the beat bar", () => {
  const NOW = 30 * 60_000;
  const alert = (more: Partial<Alert>): Alert => ({
    id: "1",
    rule: "R",
    severity: "high",
    state: "firing",
    labels: {},
    summary: "",
    since_ms: NOW - 2.5 * 60_000,
    ...more,
  });
  const picture = (alerts: Alert[], started = 0): string =>
    beats(alerts, started, NOW, 6)
      .map(beat => beat[0])
      .join("");

  test.each<[string, Alert[], number]>([
    ["ffffff", [], 0],
    ["fffhhh", [alert({})], 0],
    ["fffhff", [alert({ state: "resolved", resolved_ms: NOW - 2.2 * 60_000 })], 0],
    ["fffhcc", [alert({}), alert({ severity: "critical", since_ms: NOW - 90_000 })], 0],
    ["ffffff", [alert({ state: "pending" })], 0],
    ["uuufff", [], NOW - 2.5 * 60_000],
  ])("is %s", (expected, alerts, started) => {
    expect(picture(alerts, started)).toBe(expected);
  });
});

describe("the palette", () => {
  const commands = ["Plugins", "Disks", "DiskFillsUp", "Alerts"].map(title => ({
    title,
    kind: "page",
    icon: "search" as const,
    run: () => undefined,
    words: title === "Alerts" ? "disk" : "",
  }));
  test.each([
    ["disk", ["Disks", "DiskFillsUp", "Alerts"]],
    ["page plug", ["Plugins"]],
    ["", ["Plugins", "Disks", "DiskFillsUp", "Alerts"]],
    ["nothing", []],
  ])("finds for %s", (query, expected) => {
    expect(find(commands, query).map(({ title }) => title)).toEqual(expected);
  });
});

test("the source of a diagnostic comes without its message, its help and colours", () => {
  const rendered =
    "\u001b[1merror\u001b[0m: no function `time_too`\n  --> rules/disk.rhai:17:5\n   |\n17 | time_too(disk)\n   | ^^^^^^^^\n   |\nhelp: the nearest is `time_to`\n";
  expect(source(rendered)).toBe("  --> rules/disk.rhai:17:5\n   |\n17 | time_too(disk)\n   | ^^^^^^^^\n   |");
});
