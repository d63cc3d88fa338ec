import { describe, expect, test } from "vitest";
import { Api, ApiError } from "../src/data/api";
import type { Ask, GrantBody, Plugin, Trial } from "../src/data/types";
import { costliest, perPlugin } from "../src/pages/plugins/charts";
import { decision, done, stays, stillGranted } from "../src/pages/plugins/deeds";
import {
  asksOf,
  choiceOf,
  consequence,
  decided,
  entries,
  grantBody,
  inPlace,
  outcome,
  placeOf,
  standing,
  unsaid,
  wholeGrant,
  written,
} from "../src/pages/plugins/grant";
import { nameProblem, proposedName } from "../src/pages/plugins/name";
import { readPlugin, theOne } from "../src/pages/plugins/read";
import { failed, refusedCalls, usedOf } from "../src/pages/plugins/tried";
import { refusedTo, undecided, waitingFor, wantedIn } from "../src/pages/plugins/wanted";
import {
  asksFor,
  byUrgency,
  failureOf,
  iconOf,
  incomplete,
  levelShape,
  list,
  reasonOf,
  rests,
  sentence,
  shapeOf,
  shortHash,
  told,
  wordOf,
  worst,
} from "../src/pages/plugins/words";

const ask = (name: string, more: Partial<Ask> = {}): Ask => ({ name, description: "", held: false, example: null, ...more });
const CPU = ask("cpu");
const FILES = ask("files", { example: "/var/log/app/*.log" });

const plugin = (more: Partial<Plugin> = {}): Plugin => ({
  name: "reader",
  file: "/data/plugins/reader.wasm",
  state: "running",
  interval_ms: 5000,
  series: 0,
  samples_total: 0,
  restarts: 0,
  capabilities: [],
  denied_total: 0,
  log: [],
  ...more,
});
const WANTS =
  'it asks for files, cpu, which is not granted; to grant it, add to the configuration: plugins: { reader: { grant: { files: ["/var/log/app/*.log"], cpu: true } } }';
const waiting = plugin({
  state: "refused",
  reason: WANTS,
  capabilities: [
    { name: "files", description: "read files", granted: false, example: "/var/log/app/*.log" },
    { name: "cpu", description: "read the load", granted: false },
  ],
});
/** It runs without what it was refused. */
const without = plugin({
  capabilities: [
    { name: "cpu", description: "", granted: true },
    { name: "process", description: "", granted: false },
  ],
});

describe("a grant", () => {
  test("holds what is switched on, and a list as what was written one a line", () => {
    const choices = { cpu: { on: true, scope: "" }, files: { on: true, scope: " /var/log/*.log\n\n/srv/*\n/var/log/*.log " } };
    expect(grantBody([CPU, FILES], choices)).toEqual({ cpu: true, files: ["/var/log/*.log", "/srv/*"] });
  });

  test("refuses what is switched off, and leaves out what is held or kept from the plugin before", () => {
    const before = plugin({ capabilities: [{ name: "files", description: "", granted: true, scope: ["/var/log/*"] }] });
    const asks = [ask("memory", { held: true }), CPU, FILES, ask("net")];
    const choices = { net: { on: false, scope: "" }, files: { on: true, scope: "/etc/*" } };
    expect(grantBody(asks, choices, before)).toEqual({ cpu: true, net: false });
    expect(wholeGrant(asks, choices, before)).toEqual({ memory: true, cpu: true, files: ["/var/log/*"], net: false });
  });

  test("never holds an empty list: it is asked for when it is switched on, and refused when it is not", () => {
    const choices = { files: { on: true, scope: " \n " } };
    expect(grantBody([FILES], choices)).toEqual({});
    expect(unsaid([FILES], choices)).toEqual(["files"]);
    const off = { files: { on: false, scope: "/var/log/*" } };
    expect([grantBody([FILES], off), unsaid([FILES], off)]).toEqual([{ files: false }, []]);
  });

  test("begins with all that needs no list", () => {
    expect([CPU, FILES].map(one => choiceOf(one, {}))).toEqual([
      { on: true, scope: "" },
      { on: false, scope: "" },
    ]);
    expect(grantBody([CPU, FILES], {})).toEqual({ cpu: true, files: false });
  });

  test("does not give by itself what the plugin before was refused, even where a shipped one would hold it", () => {
    const asks = [CPU, ask("process", { held: true })];
    expect(asks.map(one => standing(one, without))).toEqual([
      { kind: "kept", scope: [] },
      { kind: "open", refused: true },
    ]);
    expect(wholeGrant(asks, {}, without)).toEqual({ cpu: true, process: false });
    expect(grantBody(asks, { process: { on: true, scope: "" } }, without)).toEqual({ process: true });
  });

  test("names what was kept, where the host says that it counts no more", () => {
    const whole = { cpu: true, net: true, files: ["/a"] };
    expect(inPlace({ cpu: true }, whole, ["cpu", "files", "process"])).toEqual({ cpu: true, files: ["/a"] });
    expect(inPlace({ cpu: false }, { ...whole, cpu: false }, [])).toEqual({ cpu: false });
  });

  test("follows the list: the first entry switches it on, the last one off, more change nothing", () => {
    const off = { on: false, scope: "" };
    expect(written(off, "/var")).toEqual({ on: true, scope: "/var" });
    expect(written({ on: true, scope: "/var" }, "")).toEqual({ on: false, scope: "" });
    expect(written({ on: false, scope: "/var" }, "/var/log")).toEqual({ on: false, scope: "/var/log" });
    expect(written({ on: true, scope: "" }, "  ")).toEqual({ on: true, scope: "  " });
  });

  test("entries are trimmed and said once", () => {
    expect(entries("a\r\n b\n\na")).toEqual(["a", "b"]);
  });

  test.each<[GrantBody, boolean, string]>([
    [{ cpu: true, files: ["/var/log/*"] }, false, "Grant 2 and start"],
    [{ cpu: true }, true, "Grant 1 and replace"],
    [{ cpu: true, files: false }, false, "Grant 1 and start"],
    [{ files: false }, false, "Refuse 1 and start"],
    [{ files: false, cpu: false }, true, "Refuse 2 and replace"],
    [{}, false, "Install and start"],
    [{}, true, "Replace and start"],
  ])("of %j is named by what it does (%s)", (body, replaces, expected) => {
    expect(outcome(body, replaces)).toBe(expected);
  });

  test("that refuses something says what comes of it", () => {
    expect(consequence({ cpu: true })).toBe("");
    expect(consequence({ cpu: true, files: false })).toBe("files is denied to it; it goes without");
    expect(consequence({ net: false, files: false })).toBe("net and files are denied to it; it goes without");
    expect(decided({ cpu: true, net: false, files: ["/a"] })).toEqual({ granted: ["cpu", "files"], refused: ["net"] });
  });

  test.each([
    ["`plugins.reader.grant.files`: `var/log` is not an absolute path", "files"],
    ["the configuration says what `reader` may do with `cpu`", "cpu"],
    ["grants.yaml could not be written, so nothing was changed", undefined],
  ])("that is refused (%s) is refused at %s", (message, place) => {
    expect(placeOf(message, [CPU, FILES])).toBe(place);
  });
});

describe("a refusal for want of a grant", () => {
  test("tells what is wanted, with an example where a list is", () => {
    expect(wantedIn(WANTS)).toEqual([
      { name: "files", example: "/var/log/app/*.log" },
      { name: "cpu", example: null },
    ]);
    expect(wantedIn('its settings are wrong: "patterns" is a required property')).toEqual([]);
    expect(wantedIn(undefined)).toEqual([]);
  });

  test("is told without the lines for a file", () => {
    expect(told(WANTS)).toBe("it asks for files and cpu, which are not granted");
    expect(told("it trapped")).toBe("it trapped");
  });

  test("reads escapes as they were written", () => {
    expect(wantedIn('x, which is not granted; plugins: { a: { grant: { http: ["http://\\"h\\"/*"] } } }')).toEqual([
      { name: "http", example: 'http://"h"/*' },
    ]);
  });

  test("becomes the same questions as the inspection of its file", () => {
    expect(asksOf(waiting)).toEqual([
      { name: "files", description: "read files", held: false, example: "/var/log/app/*.log" },
      { name: "cpu", description: "read the load", held: false, example: null },
    ]);
  });

  test("of a newer file concerns the plugin that goes on running", () => {
    const running = plugin({ successor: WANTS, capabilities: [{ name: "cpu", description: "read the load", granted: true }] });
    expect(waitingFor(running)).toEqual(["files", "cpu"]);
    expect(asksOf(running).map(({ name }) => name)).toEqual(["cpu", "files"]);
    expect(waitingFor(plugin({ successor: "it is no plugin" }))).toEqual([]);
  });

  test("tells what is undecided from what was refused", () => {
    expect([undecided(waiting), refusedTo(waiting)]).toEqual([["files", "cpu"], []]);
    const partly = { ...waiting, capabilities: [...waiting.capabilities, { name: "process", description: "", granted: false }] };
    expect([undecided(partly), refusedTo(partly)]).toEqual([["files", "cpu"], ["process"]]);
    expect([undecided(without), refusedTo(without)]).toEqual([[], ["process"]]);
  });
});

describe("a name", () => {
  test.each(["reader", "Reader_2", "a-b", "x".repeat(64)])("%s will do", name => {
    expect(nameProblem(name)).toBeUndefined();
  });

  test.each([
    ["", "a name is needed: it becomes the file's, and a label of every series"],
    ["log reader", "a space cannot be in a name: letters, digits, - and _"],
    ["../x", "“.” cannot be in a name: letters, digits, - and _"],
    ["größe", "“ö” cannot be in a name: letters, digits, - and _"],
    ["x".repeat(65), "65 letters are too many: at most 64"],
  ])("%s will not, and why is said", (name, why) => {
    expect(nameProblem(name)).toBe(why);
  });

  test.each([
    ["reader", "x.wasm", "reader"],
    ["acme/log reader", "x.wasm", "acme-log-reader"],
    ["", "my plugin (1).wasm", "my-plugin-1"],
    ["日本", "日本.wasm", "plugin"],
  ])("is proposed of %s in %s", (own, file, expected) => {
    expect(proposedName(own, file)).toBe(expected);
    expect(nameProblem(expected)).toBeUndefined();
  });
});

describe("a plugin in words", () => {
  test("waits where only a grant is missing, and is refused where more is", () => {
    expect([wordOf(waiting), shapeOf(waiting), reasonOf(waiting)]).toEqual([
      "waits for a grant",
      "medium",
      "it asks for files and cpu, which are not granted",
    ]);
    const refused = plugin({ state: "refused", reason: "its settings are wrong" });
    expect([wordOf(refused), shapeOf(refused), reasonOf(refused)]).toEqual(["refused", "high", "its settings are wrong"]);
    expect(wordOf({ ...refused, capabilities: without.capabilities })).toBe("refused");
  });

  test("is fine without what it was refused", () => {
    expect([wordOf(without), shapeOf(without), reasonOf(without)]).toEqual(["ok", "ok", undefined]);
  });

  test("rests where there is nothing to measure, which is no failure", () => {
    const resting = plugin({ last_collect_ms: 1 });
    expect([rests(resting), wordOf(resting), shapeOf(resting)]).toEqual([true, "nothing to measure", "ok"]);
    const others = [plugin(), plugin({ last_collect_ms: 1, series: 3 }), plugin({ last_collect_ms: 1, reason: "it hangs" })];
    expect(others.map(rests)).toEqual([false, false, false]);
  });

  test("has a drawing for each capability", () => {
    const known =
      "cpu memory disk net process kernel sensors power-supply cgroups gpu npu services containers files http websocket redis probe browser";
    expect(known.split(" ").filter(name => iconOf(name) === "key")).toEqual([]);
    expect(iconOf("one-of-tomorrow")).toBe("key");
  });

  test("that runs and says why it brought less is incomplete", () => {
    expect(incomplete(plugin({ reason: "2 of 3 devices did not answer" }))).toBe(true);
    expect(incomplete(plugin())).toBe(false);
  });

  test("makes a sentence of all, the worst first", () => {
    const all = [
      plugin(),
      waiting,
      { ...waiting, name: "other" },
      plugin({ name: "q", state: "quarantined" }),
      plugin({ name: "off", state: "disabled" }),
    ];
    expect(sentence(all)).toBe("5 plugins, 1 quarantined, 2 wait for a grant, 1 switched off");
    expect(byUrgency(all).map(({ name }) => name)).toEqual(["q", "other", "reader", "off", "reader"]);
    expect([worst(all), worst([waiting]), worst([plugin()])]).toEqual(["high", "medium", "ok"]);
    expect([sentence([]), sentence([plugin()])]).toEqual(["No plugins", "1 plugin"]);
    const resting = plugin({ last_collect_ms: 1 });
    expect(sentence([plugin({ series: 3, last_collect_ms: 1 }), resting, resting])).toBe("3 plugins, 2 with nothing to measure");
  });

  test.each([
    [0, "a 1.0.0 asks for nothing"],
    [1, "a 1.0.0 asks for one thing"],
    [3, "a 1.0.0 asks for three things"],
    [12, "a 1.0.0 asks for 12 things"],
  ])("asks for %d", (count, expected) => {
    expect(asksFor("a", "1.0.0", count)).toBe(expected);
  });

  test("lists and hashes are short", () => {
    expect([list([]), list(["a"]), list(["a", "b"]), list(["a", "b", "c"])]).toEqual(["", "a", "a and b", "a, b and c"]);
    expect(shortHash("993b76ffd3134dc4351010d624fdae6c817f")).toBe("993b76…817f");
  });

  test("lines of its log have a shape each", () => {
    expect(["info", "warn", "denied", "error", "failed", "new"].map(levelShape)).toEqual([
      "low",
      "medium",
      "medium",
      "high",
      "high",
      "low",
    ]);
  });
});

describe("what was done", () => {
  test("is told with what became of it", () => {
    const sick = plugin({ state: "quarantined" });
    expect(done(sick, "restart", plugin({ state: "starting" }))).toBe("reader is released: starting");
    expect(done(plugin(), "restart", plugin())).toBe("reader is made anew: ok");
    expect(done(plugin(), "disable", plugin({ state: "disabled" }))).toBe("reader is switched off");
    expect(done(plugin(), "rollback", null)).toBe("reader runs its file from before");
  });

  test("is not told where a revoked capability has another ground", () => {
    const after = plugin({ capabilities: [{ name: "cpu", description: "", granted: true }], unused_grants: ["net"] });
    expect(stillGranted(after, ["cpu"])).toEqual(["cpu"]);
    expect(stillGranted(after, ["net"])).toEqual(["net"]);
    expect(stillGranted(after, ["files"])).toEqual([]);
    expect(stays("system", ["cpu"])).toEqual({
      message: "system keeps cpu: the configuration grants it",
      help: "take it from plugins.system.grant in autobot.yaml, or refuse it there: cpu: false",
    });
  });

  test("of decisions names both sides", () => {
    expect(decision("reader", { cpu: true, files: false }, plugin())).toBe("reader may use cpu and goes without files: ok");
    expect(decision("reader", { files: false }, null)).toBe("reader goes without files");
  });

  test.each([
    [403, "no", "No permission: no"],
    [0, "the host does not answer", "the host does not answer"],
    [409, "no other version", "no other version"],
  ])("or was not (%d) is told in words", (status, message, expected) => {
    expect(failureOf(new ApiError(message, undefined, status)).message).toBe(expected);
  });
});

describe("a trial run", () => {
  const trial = (more: Partial<Trial>): Trial => ({
    collections: 2,
    series: 1,
    samples: [],
    duration_us: 1,
    memory_bytes: 1,
    host_calls: 1,
    used: [],
    denied: [],
    log: [],
    error: null,
    manifest: { name: "reader", version: "0.1.0", description: "", families: [], dynamic_families: false, config_schema: "" },
    ...more,
  });

  test("names the calls that were refused, each once", () => {
    const denied = [
      "`process` is not granted for `process.look`",
      "`process` is not granted for `process.look`",
      "the grant of `probe` does not cover `192.0.2.1`",
    ];
    expect(refusedCalls(denied)).toEqual({
      calls: ["process.look"],
      sentences: ["the grant of `probe` does not cover `192.0.2.1`"],
    });
  });

  test("tells what was used of what is granted, and what was not", () => {
    const used = [
      { capability: "cpu", calls: 4 },
      { capability: "process", calls: 2 },
    ];
    expect(usedOf(trial({ used }), { cpu: true, process: false, files: ["/var/log/*"] })).toEqual({
      used: [{ capability: "cpu", calls: 4 }],
      idle: ["files"],
    });
  });

  test("failed where it came no further, and only brought less where it ended", () => {
    expect(failed(trial({ collections: 1, error: "it trapped" }), 2)).toBe(true);
    expect(failed(trial({ error: "denied: cpu" }), 2)).toBe(false);
    expect(failed(trial({ collections: 1 }), 2)).toBe(false);
  });
});

describe("a file", () => {
  const file = (size: number, arrayBuffer = (): Promise<ArrayBuffer> => Promise.resolve(new ArrayBuffer(4))) => ({
    name: "x.wasm",
    size,
    arrayBuffer,
  });

  test("comes alone", () => {
    expect([theOne([]), theOne([file(1)]), theOne([file(1), file(1)])]).toEqual([
      "no file was dropped",
      undefined,
      "2 files were dropped: one plugin at a time",
    ]);
  });

  test("is read once", async () => {
    expect((await readPlugin(file(4))).length).toBe(4);
  });

  test.each([
    [file(0), "it is empty"],
    [file(72 * 1024 * 1024), "it has 72.0 MiB; a plugin has at most 64.0 MiB"],
    [file(4, () => Promise.reject(new DOMException("gone"))), "the browser cannot read it"],
  ])("that is no plugin is not sent (%#)", async (wrong, message) => {
    await expect(readPlugin(wrong)).rejects.toMatchObject({ message });
  });
});

describe("the host is asked", () => {
  const asked: [string, string, unknown][] = [];
  const api = new Api("/base/", (input, init) => {
    asked.push([init?.method ?? "GET", input, init?.body]);
    return Promise.resolve(new Response("null"));
  });
  const bytes = new Uint8Array([0, 97]);

  test.each<[string, () => Promise<unknown>, [string, string, unknown]]>([
    ["to inspect", () => api.inspect(bytes), ["POST", "/base/api/autobot/v1/inspect-plugin", bytes]],
    [
      "to try",
      () => api.trial(bytes, { name: undefined, grant: { cpu: false } }),
      ["POST", "/base/api/autobot/v1/try-plugin?grant=%7B%22cpu%22%3Afalse%7D", bytes],
    ],
    [
      "to try as an instance",
      () => api.trial(bytes, { name: "a", grant: { files: ["/var/log/*"] } }),
      ["POST", "/base/api/autobot/v1/try-plugin?name=a&grant=%7B%22files%22%3A%5B%22%2Fvar%2Flog%2F*%22%5D%7D", bytes],
    ],
    ["to install", () => api.install("a", bytes), ["PUT", "/base/api/autobot/v1/plugins/a", bytes]],
    ["to remove", () => api.remove("a"), ["DELETE", "/base/api/autobot/v1/plugins/a", undefined]],
    ["to act", () => api.act("a", "rollback"), ["POST", "/base/api/autobot/v1/plugins/a/rollback", undefined]],
    ["to grant", () => api.grant("a", { cpu: true }), ["POST", "/base/api/autobot/v1/plugins/a/grant", '{"cpu":true}']],
    ["to revoke", () => api.revoke("a", ["cpu"]), ["POST", "/base/api/autobot/v1/plugins/a/revoke", '["cpu"]']],
  ])("%s", async (_, ask, expected) => {
    asked.length = 0;
    await ask();
    expect(asked).toEqual([expected]);
  });
});

describe("the charts", () => {
  const series = (name: string, ...values: (number | null)[]) => ({ labels: { plugin: name }, values });

  test("show those that cost most, by name, so that each has one colour everywhere", () => {
    const many = "hgfedcba".split("").map((name, index) => series(name, index + 1));
    expect(costliest(many)).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
    expect(costliest([series("idle", 0, null), series("busy", 0, 1)])).toEqual(["busy"]);
  });

  test("add the others up where lines add up, and leave out who never collected", () => {
    const picked = [series("a", 1, 2), series("b", 3, null), series("c", 5, 5), series("idle", 0, 0)];
    const lines = (others: boolean) => perPlugin(picked, ["a"], others).map(({ name, values }) => [name, values]);
    expect(lines(true)).toEqual([
      ["a", [1, 2]],
      ["2 more", [8, 5]],
    ]);
    expect(lines(false)).toEqual([["a", [1, 2]]]);
  });
});
