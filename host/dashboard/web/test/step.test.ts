import { describe, expect, test } from "vitest";
import { chooseStep, gauge, latest, liveWindows, quoted, rate, selector } from "../src/data/step";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("the step", () => {
  test.each([
    // span, interval, width, step
    [5 * MINUTE, 5000, 1440, 5000],
    [30 * MINUTE, 5000, 1440, 5000],
    [30 * MINUTE, 1000, 1440, 5000],
    [5 * MINUTE, 1000, 1440, 1000],
    [HOUR, 5000, 1440, 10_000],
    [6 * HOUR, 5000, 1440, MINUTE],
    [24 * HOUR, 5000, 1440, 5 * MINUTE],
    [7 * 24 * HOUR, 5000, 1440, 30 * MINUTE],
    [7 * 24 * HOUR, 5000, 390, HOUR],
    [30 * MINUTE, 30_000, 1440, 30_000],
    [HOUR, 7000, 1440, 10_000],
  ])("for %d ms collected each %d ms on %d px is %d ms", (span, interval, width, step) => {
    expect(chooseStep(span, interval, width)).toBe(step);
  });

  test("never asks for more points than a screen shows", () => {
    for (const span of [MINUTE, HOUR, 24 * HOUR, 400 * 24 * HOUR]) {
      for (const width of [100, 390, 1440, 3840, 7680]) {
        expect(span / chooseStep(span, 1000, width)).toBeLessThanOrEqual(720);
      }
    }
  });
});

describe("query texts", () => {
  test("a rate sees at least four collections, and a whole step", () => {
    expect(rate("x_total", { step: 5000, interval: 5000 })).toBe("rate(x_total[20s])");
    expect(rate("x_total", { step: 60_000, interval: 5000 })).toBe("rate(x_total[60s])");
  });

  test("a gauge is its sample where steps are short, and ends soon after the last one", () => {
    expect(gauge("x", { step: 5000, interval: 5000 })).toBe("last_over_time(x[12500ms])");
    expect(gauge("x", { step: 1000, interval: 1000 })).toBe("last_over_time(x[2500ms])");
  });

  test("a gauge is a mean where a step holds several samples", () => {
    expect(gauge(`x{a="b"}`, { step: 300_000, interval: 5000 })).toBe(`avg_over_time(x{a="b"}[300s])`);
  });

  test("a state is its last sample, however long the steps are", () => {
    expect(latest("x", { step: 300_000, interval: 5000 })).toBe("last_over_time(x[12500ms])");
  });

  test("are of one machine, whatever its name", () => {
    const windows = { step: 5000, interval: 5000, machine: "main" };
    expect(gauge("x", windows)).toBe(`last_over_time(x{machine="main"}[12500ms])`);
    expect(rate(`x{a="b"}`, windows)).toBe(`rate(x{a="b",machine="main"}[20s])`);
    expect(selector("x", undefined)).toBe("x");
    expect(quoted('a "b" \\ c\nd')).toBe(String.raw`"a \"b\" \\ c\nd"`);
    expect(liveWindows(windows).machine).toBe("main");
  });

  test("live values look no further back than the host's memory", () => {
    expect(liveWindows({ step: 1_800_000, interval: 5000 })).toEqual({ step: 60_000, interval: 5000 });
    expect(liveWindows({ step: 5000, interval: 5000 })).toEqual({ step: 5000, interval: 5000 });
  });
});
