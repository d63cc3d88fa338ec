import { describe, expect, test } from "vitest";
import { timeTicks, valueTicks } from "../src/format/ticks";
import { age, axisLabel, duration, grouped, micros, text, type Unit } from "../src/format/units";

describe("figures", () => {
  test.each<[number | null, Unit, string]>([
    [0.1234, "%", "12.3 %"],
    [0, "%", "0 %"],
    [1, "%", "100 %"],
    [0.0043, "%", "0.43 %"],
    [0, "B", "0 B"],
    [1023, "B", "1023 B"],
    [1023.7, "B", "1.0 KiB"],
    [1536, "B/s", "1.5 KiB/s"],
    [33_500_000_000, "B", "31.2 GiB"],
    [2 ** 62, "B", "4096 PiB"],
    [12_345, "/s", "12.3 k/s"],
    [0.02, "/s", "0.02 /s"],
    [0.0012, "s", "1.20 ms"],
    [3, "1", "3"],
    [99.8, "count", "100"],
    [1_204_117, "1", "1\u202f204\u202f117"],
    [6.527, "1", "6.53"],
    [61, "°C", "61 °C"],
    [-4.52, "°C", "-4.5 °C"],
    [101.5, "°C", "102 °C"],
    [54.321, "W", "54.3 W"],
    [0.5, "W", "0.5 W"],
    [2_175_000_000, "Hz", "2.17 GHz"],
    [0, "Hz", "0 Hz"],
    [999_700_000, "Hz", "1.00 GHz"],
    [2841, "rpm", "2841 rpm"],
    [0.0068, "s/J", "6.80 ms/J"],
    [null, "B", "–"],
    [NaN, "%", "–"],
    [Infinity, "1", "–"],
  ])("%s in %s is %s", (value, unit, expected) => {
    expect(text(value, unit)).toBe(expected);
  });

  test("thousands are set apart from five digits on", () => {
    expect([grouped("1204"), grouped("12044"), grouped("1234567.25")]).toEqual(["1204", "12\u202f044", "1\u202f234\u202f567.25"]);
  });

  test.each([
    [400, "0 s"],
    [40_000, "40 s"],
    [61_000, "1 min"],
    [754_000, "12 min"],
    [3_780_000, "1 h 3 min"],
    [7_200_000, "2 h"],
    [2_001_600_000, "23 d 4 h"],
    [-5, "0 s"],
  ])("%d ms last %s", (ms, expected) => {
    expect(duration(ms)).toBe(expected);
  });

  test("ages have tenths only while they are young", () => {
    expect([age(430), age(9900), age(14_200), age(120_000)]).toEqual(["0.4 s", "9.9 s", "14 s", "2 min"]);
  });

  test("times of work scale with their size", () => {
    expect([1.9, 37, 1240, 50_000, 2_500_000].map(us => Object.values(micros(us)).join(" "))).toEqual([
      "1.9 µs",
      "37 µs",
      "1.24 ms",
      "50.0 ms",
      "2.50 s",
    ]);
  });
});

describe("ticks of values", () => {
  test.each<[number, number, Unit, number, string]>([
    [0, 1, "%", 3, "0 50 100"],
    [0, 33_500_000_000, "B", 3, "0 8 Gi 16 Gi 24 Gi"],
    [0, 14_000_000, "B/s", 3, "0 4 Mi 8 Mi 12 Mi"],
    [0, 8.9, "1", 3, "0 2 4 6 8"],
    [0, 0.05, "%", 3, "0 2 4"],
    [0, 1, "/s", 3, "0 0.5 1"],
    [0, 25_000, "/s", 3, "0 10 k 20 k"],
    [0, 1, "B", 3, "0 1"],
    [0, 0.0047, "s", 3, "0 2 ms 4 ms"],
    [0, 2.5, "s", 3, "0 1 s 2 s"],
  ])("from %d to %d in %s", (low, high, unit, want, expected) => {
    expect(
      valueTicks(low, high, unit, want)
        .map(tick => axisLabel(tick, unit))
        .join(" "),
    ).toBe(expected);
  });

  test("of nothing are one", () => {
    expect(valueTicks(0, 0, "%", 3)).toEqual([0]);
    expect(valueTicks(0, NaN, "%", 3)).toEqual([0]);
  });
});

describe("ticks of time", () => {
  const MINUTE = 60_000;
  const start = Date.UTC(2026, 10, 24, 3, 41, 17);

  test.each([
    [5 * MINUTE, 300, 2 * MINUTE],
    [30 * MINUTE, 300, 10 * MINUTE],
    [30 * MINUTE, 900, 5 * MINUTE],
    [6 * 60 * MINUTE, 300, 120 * MINUTE],
    [7 * 1440 * MINUTE, 300, 2 * 1440 * MINUTE],
    [10_000, 300, 5000],
  ])("of %d ms on %d px are whole and %d ms apart", (span, width, step) => {
    const ticks = timeTicks(start, start + span, width);
    expect(ticks.length).toBeGreaterThan(0);
    for (const [index, tick] of ticks.entries()) {
      const local = tick - new Date(tick).getTimezoneOffset() * MINUTE;
      expect(local % Math.min(step, 1440 * MINUTE)).toBe(0);
      if (index > 0) expect(tick - (ticks[index - 1] ?? 0)).toBe(step);
    }
  });
});
