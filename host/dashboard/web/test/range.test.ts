import { describe, expect, test } from "vitest";
import {
  DEFAULT_RANGE,
  between,
  bounds,
  formatSpan,
  parseSpan,
  readRange,
  shift,
  writeRange,
  zoom,
  type Range,
} from "../src/data/range";

const MINUTE = 60_000;
const NOW = 1_700_000_000_000;

describe("the range of the URL", () => {
  test.each<[string, Range]>([
    ["", DEFAULT_RANGE],
    ["range=1h", { kind: "last", span: 60 * MINUTE }],
    ["range=7d", { kind: "last", span: 7 * 24 * 60 * MINUTE }],
    ["range=90s", { kind: "last", span: 90_000 }],
    ["from=1000&to=61000", { kind: "fixed", from: 1000, to: 61_000 }],
    ["range=banana", DEFAULT_RANGE],
    ["range=1s", DEFAULT_RANGE],
    ["range=99999d", DEFAULT_RANGE],
    ["from=5&to=4", DEFAULT_RANGE],
    ["from=1000&to=1001", DEFAULT_RANGE],
    ["from=1.5&to=99999.5", DEFAULT_RANGE],
    ["from=&to=", DEFAULT_RANGE],
  ])("%s is read", (text, expected) => {
    expect(readRange(new URLSearchParams(text))).toEqual(expected);
  });

  test.each<[Range, string]>([
    [DEFAULT_RANGE, "q=cpu"],
    [{ kind: "last", span: 6 * 60 * MINUTE }, "q=cpu&range=6h"],
    [{ kind: "fixed", from: 1000, to: 61_000 }, "q=cpu&from=1000&to=61000"],
  ])("%o is written beside other parameters", (range, expected) => {
    const params = new URLSearchParams("range=5m&from=1&to=2&q=cpu");
    writeRange(params, range);
    expect(params.toString()).toBe(expected);
  });

  test("what is written is read again", () => {
    for (const text of ["5m", "15m", "1h", "6h", "1d", "7d", "45s"]) {
      expect(formatSpan(parseSpan(text) ?? 0)).toBe(text);
    }
  });
});

describe("moving through time", () => {
  const last: Range = { kind: "last", span: 30 * MINUTE };

  test("earlier leaves the present, and later reaches it again", () => {
    const earlier = shift(last, -0.5, NOW);
    expect(earlier).toEqual({ kind: "fixed", from: NOW - 45 * MINUTE, to: NOW - 15 * MINUTE });
    expect(shift(earlier, 0.5, NOW)).toEqual(last);
  });

  test("zooming the present goes from one usual span to the next", () => {
    expect(zoom(last, 0.5, NOW)).toEqual({ kind: "last", span: 15 * MINUTE });
    expect(zoom(last, 2, NOW)).toEqual({ kind: "last", span: 60 * MINUTE });
  });

  test("zooming a fixed range keeps its middle and never looks into the future", () => {
    const fixed: Range = { kind: "fixed", from: NOW - 40 * MINUTE, to: NOW - 20 * MINUTE };
    expect(zoom(fixed, 0.5, NOW)).toEqual({ kind: "fixed", from: NOW - 35 * MINUTE, to: NOW - 25 * MINUTE });
    expect(bounds(zoom(fixed, 8, NOW), NOW).to).toBe(NOW);
  });

  test("a stretch that was dragged backwards or is tiny is still a range", () => {
    expect(between(NOW, NOW - MINUTE)).toEqual({ kind: "fixed", from: NOW - MINUTE, to: NOW });
    expect(between(NOW, NOW + 5)).toEqual({ kind: "fixed", from: NOW, to: NOW + 10_000 });
  });
});
