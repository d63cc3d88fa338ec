import { describe, expect, test } from "vitest";
import { FrameReader, type Read } from "../src/data/frames";

const hello = { type: "hello", seq: 0, version: "1", now_ms: 5, started_ms: 1 };
const series = {
  type: "series",
  seq: 1,
  id: "cpu",
  series: [
    { i: 0, labels: { mode: "user" } },
    { i: 1, labels: { mode: "system" } },
  ],
};
const tick = (seq: number, pairs: [number, number | string][]): object => ({
  type: "tick",
  seq,
  t: 1000 * seq,
  values: { cpu: pairs },
});

function read(...frames: object[]): Read[] {
  const reader = new FrameReader();
  return frames.map(frame => reader.read(JSON.stringify(frame)));
}

function values(read: Read | undefined): unknown {
  return read?.kind === "tick" ? [...read.tick.values] : read;
}

describe("live frames", () => {
  test("carry values under the labels that were announced", () => {
    expect(
      values(
        read(
          hello,
          series,
          tick(2, [
            [0, 0.31],
            [1, 0.02],
          ]),
        ).at(-1),
      ),
    ).toEqual([
      [
        "cpu",
        [
          [{ mode: "user" }, 0.31],
          [{ mode: "system" }, 0.02],
        ],
      ],
    ]);
  });

  test("carry what is not finite as nothing", () => {
    expect(
      values(
        read(
          hello,
          series,
          tick(2, [
            [0, "NaN"],
            [1, "+Inf"],
          ]),
        ).at(-1),
      ),
    ).toEqual([
      [
        "cpu",
        [
          [{ mode: "user" }, null],
          [{ mode: "system" }, null],
        ],
      ],
    ]);
  });

  test("with an index that nobody announced lose only that value", () => {
    expect(
      values(
        read(
          hello,
          series,
          tick(2, [
            [7, 1],
            [0, 2],
          ]),
        ).at(-1),
      ),
    ).toEqual([["cpu", [[{ mode: "user" }, 2]]]]);
  });

  test("tell of a gap in their numbers, and still count", () => {
    const lost = read(hello, series, tick(2, []), tick(5, [[0, 1]])).at(-1);
    expect(lost).toMatchObject({ kind: "lost", frames: 2, then: { kind: "tick" } });
  });

  test("tell what the host dropped for a slow client", () => {
    expect(read(hello, { type: "missed", seq: 1, frames: 12 }, tick(2, [])).map(({ kind }) => kind)).toEqual([
      "frame",
      "lost",
      "tick",
    ]);
  });

  test("start anew with each hello", () => {
    const kinds = read(hello, series, tick(2, []), hello, tick(1, [[0, 1]]));
    expect(kinds.map(({ kind }) => kind)).toEqual(["frame", "nothing", "tick", "frame", "tick"]);
    expect(values(kinds.at(-1))).toEqual([["cpu", []]]);
  });

  test("of a subscription that changed its query have no labels until they are announced again", () => {
    const reader = new FrameReader();
    for (const frame of [hello, series]) reader.read(JSON.stringify(frame));
    reader.forget(["cpu"]);
    expect(values(reader.read(JSON.stringify(tick(2, [[0, 1]]))))).toEqual([["cpu", []]]);
  });

  test.each(["", "{", "null", "7", `"tick"`])("that are no frames (%s) are ignored", text => {
    expect(new FrameReader().read(text)).toEqual({ kind: "nothing" });
  });
});
