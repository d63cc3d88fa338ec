import { describe, expect, test } from "vitest";
import { Api, ApiError, basePath, ontoGrid } from "../src/data/api";

function answering(status: number, body: unknown, asked: string[] = []): Api {
  return new Api("/base/", input => {
    asked.push(input);
    return Promise.resolve(new Response(typeof body === "string" ? body : JSON.stringify(body), { status }));
  });
}

describe("the host's answers", () => {
  test("lie on the whole grid, so that a gap is a gap", () => {
    const matrix = [
      {
        metric: { mode: "user" },
        values: [
          [10, "1"],
          [20, "NaN"],
          [25, "3.5"],
        ] as [number, string][],
      },
    ];
    expect(ontoGrid(matrix, 10_000, 30_000, 5000)).toEqual({
      times: [10_000, 15_000, 20_000, 25_000, 30_000],
      series: [{ labels: { mode: "user" }, values: [1, null, null, 3.5, null] }],
    });
  });

  test("are asked for at multiples of the step, so that the same moments come again", async () => {
    const asked: string[] = [];
    await answering(200, { data: { result: [] } }, asked).range("up", 12_345, 32_100, 5000);
    expect(asked).toEqual(["/base/api/v1/query_range?query=up&start=15&end=30&step=5"]);
  });

  test("name the metrics of a selection by the index", async () => {
    const asked: string[] = [];
    const api = answering(200, { data: ["up"] }, asked);
    expect(await api.names(`{machine="a b"}`, 12_345, 32_100)).toEqual(["up"]);
    expect(asked).toEqual(["/base/api/v1/label/__name__/values?match%5B%5D=%7Bmachine%3D%22a+b%22%7D&start=12.345&end=32.1"]);
  });

  test.each([
    [
      422,
      { error: "`quantile` is not supported", help: "see the reference" },
      ["`quantile` is not supported", "see the reference", 422],
    ],
    [500, "<html>", ["the host answered 500", undefined, 500]],
    [200, "not JSON", ["the host answered 200", undefined, 200]],
  ])("that are refusals (%d) become errors in the host's words", async (status, body, expected) => {
    const error = await answering(status, body)
      .status()
      .catch((error: unknown) => error as ApiError);
    expect(error).toBeInstanceOf(ApiError);
    expect([(error as ApiError).message, (error as ApiError).help, (error as ApiError).status]).toEqual(expected);
  });

  test("that do not come are an error without a status", async () => {
    const api = new Api("/", () => Promise.reject(new TypeError("fetch failed")));
    await expect(api.alerts()).rejects.toMatchObject({ message: "the host does not answer", status: 0 });
  });
});

test.each([
  ["/", "/"],
  ["/alerts", "/"],
  ["/autobot/", "/autobot/"],
  ["/autobot/rules", "/autobot/"],
])("the page at %s asks below %s", (path, base) => {
  expect(basePath(path)).toBe(base);
});
