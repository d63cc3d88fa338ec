import { describe, expect, test } from "vitest";
import { ApiError } from "../src/data/api";
import { Feed, type Query, type View } from "../src/data/feed";
import type { RangeResult } from "../src/data/types";

const QUERIES: Query[] = [
  { id: "cpu", text: ({ step }) => `cpu[${step}]` },
  { id: "load", text: () => "load" },
];
const VIEW: View = { range: { kind: "last", span: 60_000 }, windows: { step: 5000, interval: 5000 } };
const LABELS = { core: "0" };

/** Answers each question when told to. */
class Asked {
  readonly open: { query: string; answer: (result: RangeResult) => void; refuse: (error: Error) => void }[] = [];

  range(query: string, _from: number, _to: number, _step: number, signal?: AbortSignal): Promise<RangeResult> {
    return new Promise((resolve, reject) => {
      this.open.push({ query, answer: resolve, refuse: reject });
      signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });
  }

  answerAll(times: number[], value: number): void {
    for (const { answer } of this.open.splice(0)) answer({ times, series: [{ labels: LABELS, values: times.map(() => value) }] });
  }
}

const tick = (t: number, value: number) => ({ t, values: new Map([["cpu", [[LABELS, value] as [typeof LABELS, number]]]]) });

function values(feed: Feed, id = "cpu"): (number | null)[] {
  return [...feed.track(id).columns.columns.values()][0]?.values ?? [];
}

describe("the data of a page", () => {
  test("is history with live values behind it", async () => {
    const asked = new Asked();
    const feed = new Feed(asked, QUERIES, () => 100_000);
    const shown = feed.show(VIEW);
    expect(asked.open.map(({ query }) => query)).toEqual(["cpu[5000]", "load"]);
    asked.answerAll([90_000, 95_000], 1);
    await shown;
    feed.tick(tick(100_000, 2));
    expect([values(feed), feed.edge(), feed.track("cpu").state().kind]).toEqual([[1, 1, 2], 100_000, "ready"]);
  });

  test("keeps ticks that come while history is on its way", async () => {
    const asked = new Asked();
    const feed = new Feed(asked, QUERIES, () => 100_000);
    const shown = feed.show(VIEW);
    feed.tick(tick(95_000, 8));
    feed.tick(tick(100_000, 9));
    asked.answerAll([90_000, 95_000], 1);
    await shown;
    expect(values(feed)).toEqual([1, 1, 9]);
  });

  test("stays on the page until its replacement is there, and the last question wins", async () => {
    const asked = new Asked();
    const feed = new Feed(asked, QUERIES, () => 100_000);
    const first = feed.show(VIEW);
    asked.answerAll([95_000], 1);
    await first;
    const slow = feed.show(VIEW);
    const old = asked.open.splice(0);
    const fast = feed.show({ ...VIEW, windows: { step: 10_000, interval: 5000 } });
    expect(values(feed)).toEqual([1]);
    asked.answerAll([90_000], 2);
    await fast;
    for (const { answer } of old) answer({ times: [95_000], series: [] });
    await slow;
    expect([values(feed), feed.view()?.windows.step]).toEqual([[2], 10_000]);
  });

  test("tells which query failed, and shows the others", async () => {
    const asked = new Asked();
    const feed = new Feed(asked, QUERIES, () => 100_000);
    const shown = feed.show(VIEW);
    asked.open[1]?.refuse(new ApiError("`load` is unknown", "try `up`", 422));
    asked.open[0]?.answer({ times: [95_000], series: [{ labels: LABELS, values: [1] }] });
    await shown;
    expect([feed.track("cpu").state(), feed.track("load").state()]).toEqual([
      { kind: "ready" },
      { kind: "failed", message: "`load` is unknown", help: "try `up`" },
    ]);
  });

  test("is not thrown away because the host is gone", async () => {
    const asked = new Asked();
    const feed = new Feed(asked, QUERIES, () => 100_000);
    const shown = feed.show(VIEW);
    asked.answerAll([95_000], 1);
    await shown;
    const again = feed.reload();
    for (const { refuse } of asked.open.splice(0)) refuse(new ApiError("the host does not answer", undefined, 0));
    await again;
    expect([values(feed), feed.track("cpu").state().kind]).toEqual([[1], "ready"]);
  });

  test("that only says what is there now is asked for and kept for a few steps", async () => {
    const from: number[] = [];
    const asked = { range: (_: string, start: number) => (from.push(start), Promise.resolve({ times: [95_000], series: [] })) };
    const feed = new Feed(asked, [{ id: "cpu", text: () => "cpu", newest: true }], () => 100_000);
    await feed.show(VIEW);
    expect(from).toEqual([80_000]);
    for (let t = 100_000; t < 200_000; t += 5000) feed.tick(tick(t, 1));
    expect(feed.track("cpu").columns.times.length).toBeLessThanOrEqual(6);
  });

  test("that looks far back is not asked for live", () => {
    const feed = new Feed(new Asked(), [...QUERIES, { id: "hour", text: () => "increase(x[1h])", past: true }], () => 100_000);
    expect(feed.subscriptions(VIEW.windows).map(({ id }) => id)).toEqual(["cpu", "load"]);
  });

  test("of a fixed range takes no live values", async () => {
    const asked = new Asked();
    const feed = new Feed(asked, QUERIES, () => 100_000);
    const shown = feed.show({ ...VIEW, range: { kind: "fixed", from: 0, to: 100_000 } });
    asked.answerAll([95_000], 1);
    await shown;
    feed.tick(tick(100_000, 2));
    expect(values(feed)).toEqual([1]);
  });
});
