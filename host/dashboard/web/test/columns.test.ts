import { describe, expect, test } from "vitest";
import { Columns, MOST_SERIES } from "../src/data/columns";
import type { Labels } from "../src/data/types";

const A: Labels = { core: "0" };
const B: Labels = { core: "1" };

function filled(step: number, times: number[], values: (number | null)[]): Columns {
  const columns = new Columns(step);
  columns.replace({ times, series: [{ labels: A, values }] });
  return columns;
}

const picture = (columns: Columns): string =>
  [
    columns.times.join(" "),
    ...[...columns.columns.values()].map(({ labels, values }) => `${labels["core"]}: ${values.map(v => v ?? "-").join(" ")}`),
  ].join(" | ");

describe("live values behind history", () => {
  test("continue it on the same grid", () => {
    const columns = filled(5, [0, 5, 10], [1, 2, 3]);
    columns.append(15, [[A, 4]], 12);
    expect(picture(columns)).toBe("0 5 10 15 | 0: 1 2 3 4");
  });

  test("stand for their step until the next begins", () => {
    const columns = filled(10, [0, 10], [1, 2]);
    for (const t of [15, 19, 20, 25]) columns.append(t, [[A, t]], 25);
    expect(picture(columns)).toBe("0 19 25 | 0: 1 19 25");
  });

  test("leave a gap after a pause", () => {
    const columns = filled(5, [0, 5], [1, 2]);
    columns.append(60, [[A, 3]], 12);
    expect(picture(columns)).toBe("0 5 10 60 | 0: 1 2 - 3");
  });

  test("of a series that is new or ended leave the others in place", () => {
    const columns = filled(5, [0, 5], [1, 2]);
    columns.append(
      10,
      [
        [A, 3],
        [B, 9],
      ],
      12,
    );
    columns.append(15, [[B, 8]], 12);
    expect(picture(columns)).toBe("0 5 10 15 | 0: 1 2 3 - | 1: - - 9 8");
  });

  test("from the past are ignored", () => {
    const columns = filled(5, [0, 5], [1, 2]);
    columns.append(5, [[A, 7]], 12);
    columns.append(3, [[A, 7]], 12);
    expect(picture(columns)).toBe("0 5 | 0: 1 2");
  });

  test("are known by their labels in any order", () => {
    const columns = new Columns(5);
    columns.append(0, [[{ a: "1", b: "2" }, 1]], 12);
    columns.append(5, [[{ b: "2", a: "1" }, 2]], 12);
    expect(columns.columns.size).toBe(1);
  });
});

describe("memory is bounded", () => {
  test("a day of ticks keeps a range of points", () => {
    const columns = new Columns(1000);
    const range = 300_000;
    for (let t = 0; t < 86_400_000; t += 1000) {
      columns.append(t, [[A, t]], 2500);
      columns.trim(t - range);
    }
    expect(columns.times.length).toBeLessThan((range / 1000) * 1.2);
    expect(columns.columns.get([...columns.columns.keys()][0] ?? "")?.values.length).toBe(columns.times.length);
  });

  test("series without a value left are forgotten", () => {
    const columns = new Columns(1000);
    for (let t = 0; t < 400_000; t += 1000) {
      columns.append(t, [[{ process: String(Math.floor(t / 1000)) }, 1]], 2500);
      columns.trim(t - 60_000);
    }
    expect(columns.columns.size).toBeLessThan(80);
  });

  test("no more series are held than a page can tell apart", () => {
    const columns = new Columns(1000);
    columns.append(
      0,
      Array.from({ length: MOST_SERIES + 10 }, (_, i) => [{ i: String(i) }, i] as const),
      2500,
    );
    expect([columns.columns.size, columns.leftOut]).toEqual([MOST_SERIES, 10]);
  });
});
