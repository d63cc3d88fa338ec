import { describe, expect, test } from "vitest";
import { align, bottom, csv, gaps, stack, summary, top, type Line } from "../src/chart/model";
import { busiest, byDevice, byLabel } from "../src/chart/pick";
import { Columns } from "../src/data/columns";

const line = (name: string, values: (number | null)[]): Line => ({ name, ink: "series-1", values });
const picked = (labels: Record<string, string>, ...values: (number | null)[]) => ({ labels, values });

describe("the data of a chart", () => {
  test("stacks from the bottom, and is empty only where all lines are", () => {
    expect(stack([line("a", [1, null, null]), line("b", [2, 3, null])])).toEqual([
      [1, 0, null],
      [3, 3, null],
    ]);
  });

  test("has gaps between samples, not before the first", () => {
    const plot = {
      times: [0, 5, 10, 15, 20, 25],
      lines: [line("a", [null, 1, null, null, 1, null]), line("b", [null, null, null, null, 1, null])],
    };
    expect(gaps(plot)).toEqual([
      [5, 20],
      [20, 25],
    ]);
  });

  test("is summed up over what is there", () => {
    expect(summary([null, 2, 4, null])).toEqual({ min: 2, mean: 3, max: 4, last: null });
    expect(summary([])).toEqual({ min: null, mean: null, max: null, last: null });
  });

  test("of several queries lies on one column of times", () => {
    const columns = (times: number[], value: number): Columns => {
      const made = new Columns(5);
      made.replace({ times, series: [{ labels: {}, values: times.map(() => value) }] });
      return made;
    };
    expect(align([columns([0, 5], 1), columns([0, 5], 2)]).times).toEqual([0, 5]);
    const mixed = align([columns([0, 5], 1), new Columns(5), columns([5, 10], 2)]);
    expect([mixed.times, mixed.columns.map(track => track.map(({ values }) => values))]).toEqual([
      [0, 5, 10],
      [[[1, 1, null]], [], [[null, 2, 2]]],
    ]);
    expect(align([]).times).toEqual([]);
  });

  test("leaves as CSV with its gaps and quotes", () => {
    expect(csv({ times: [0, 5000], lines: [line(`a "b", c`, [1.5, null])] })).toBe(
      'time,"a ""b"", c"\n1970-01-01T00:00:00.000Z,1.5\n1970-01-01T00:00:05.000Z,\n',
    );
  });

  test("of temperatures begins at the ten below it", () => {
    expect([bottom(61), bottom(62.9), bottom(63), bottom(-4.5), bottom(Infinity)]).toEqual([50, 50, 60, -10, 0]);
  });

  test("has room above itself, and up to a limit that is near", () => {
    expect(top(0.4, [], "%")).toBe(1);
    expect(top(1.5, [], "%")).toBeCloseTo(1.68);
    expect(top(0.1, [], "%", true)).toBeCloseTo(0.112);
    expect(top(10, [{ value: 16, severity: "medium", label: "" }], "1")).toBeCloseTo(17.28);
    expect(top(1, [{ value: 16, severity: "medium", label: "" }], "1")).toBeCloseTo(1.12);
    expect([top(0, [], "B"), top(0, [], "/s"), top(-Infinity, [], "/s")]).toEqual([1024, 1, 1]);
  });
});

describe("lines of a chart", () => {
  const names = (lines: Line[]): string => lines.map(({ name, ink }) => `${name}=${ink}`).join(" ");

  test("follow the given order, then the alphabet with numbers as numbers", () => {
    const modes = ["idle", "system", "zz", "user"].map(mode => picked({ mode }, 1));
    expect(names(byLabel(modes, "mode", { order: ["user", "system"], leave: ["idle"] }))).toBe(
      "user=series-1 system=series-2 zz=series-3",
    );
    const cores = ["10", "2", "0"].map(core => picked({ core }, 1));
    expect(names(byLabel(cores, "core"))).toBe("0=series-1 2=series-2 10=series-3");
  });

  test("have no hue when there is one", () => {
    expect(names(byLabel([picked({ mode: "user" }, 1)], "mode"))).toBe("user=series-ink");
  });

  test("name their device only where there are several, and keep the busiest", () => {
    const disks = ["sda", "sdb"].flatMap((device, index) =>
      ["write", "read"].map(direction => picked({ device, direction }, index + 1)),
    );
    expect(names(byDevice(disks, "device", 1))).toBe("read=series-1 write=series-2");
    expect(names(byDevice(disks, "device", 4))).toBe("sda read=series-1 sda write=series-2 sdb read=series-3 sdb write=series-4");
    expect(byDevice(disks, "device", 1)[0]?.values).toEqual([2]);
    const idle = [...disks, picked({ device: "sdc", direction: "read" }, 0)];
    expect(byDevice(idle, "device", 4)).toEqual(byDevice(disks, "device", 4));
  });

  test("are the busiest by their mean", () => {
    expect(
      busiest([picked({ n: "a" }, 1, 1), picked({ n: "b" }, null, 9), picked({ n: "c" }, 2, 3)], 2).map(
        ({ labels }) => labels["n"],
      ),
    ).toEqual(["b", "c"]);
  });
});
