import { describe, expect, test } from "vitest";
import { Api, ApiError } from "../src/data/api";
import type { Ask, Plugin } from "../src/data/types";
import { costliest, perPlugin } from "../src/pages/plugins/charts";
import { done, stays, stillGranted } from "../src/pages/plugins/deeds";
import {
  asksOf,
  consequence,
  entries,
  firstChoices,
  grantBody,
  grantLabel,
  missing,
  outcome,
  placeOf,
  unsaid,
  waitingFor,
  wantedIn,
  wholeGrant,
  written,
} from "../src/pages/plugins/grant";
import { nameProblem, proposedName } from "../src/pages/plugins/name";
import { readPlugin, theOne } from "../src/pages/plugins/read";
import {
  asksFor,
  byUrgency,
  failureOf,
  incomplete,
  levelShape,
  list,
  reasonOf,
  sentence,
  shapeOf,
  shortHash,
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
  ...more,
});
const WANTS =
  'it asks for files, cpu, which is not granted; to grant it, add to the configuration: plugins: { reader: { grant: { files: ["/var/log/app/*.log"], cpu: true } } }';
const waiting = plugin({
  state: "refused",
  reason: WANTS,
  capabilities: [
    { name: "files", description: "read files", granted: false },
    { name: "cpu", description: "read the load", granted: false },
  ],
});

describe("a grant", () => {
  test("holds what is switched on, and a list as what was written one a line", () => {
    const choices = { cpu: { on: true, scope: "" }, files: { on: true, scope: " /var/log/*.log\n\n/srv/*\n/var/log/*.log " } };
    expect(grantBody([CPU, FILES], choices)).toEqual({ cpu: true, files: ["/var/log/*.log", "/srv/*"] });
  });

  test("leaves out what is switched off, held, or kept from the plugin before", () => {
    const before = plugin({ capabilities: [{ name: "files", granted: true, scope: ["/var/log/*"] }] });
    const asks = [ask("memory", { held: true }), CPU, FILES, ask("net")];
    const choices = { ...firstChoices(asks), net: { on: false, scope: "" }, files: { on: true, scope: "/etc/*" } };
    expect(grantBody(asks, choices, before)).toEqual({ cpu: true });
    expect(missing(asks, choices, before)).toEqual(["net"]);
    expect(wholeGrant(asks, choices, before)).toEqual({ memory: true, cpu: true, files: ["/var/log/*"] });
  });

  test("never holds an empty list: what says nothing is missing, and asked for when it is switched on", () => {
    const choices = { files: { on: true, scope: " \n " } };
    expect(grantBody([FILES], choices)).toEqual({});
    expect(missing([FILES], choices)).toEqual(["files"]);
    expect(unsaid([FILES], choices)).toEqual(["files"]);
    expect(unsaid([FILES], { files: { on: false, scope: "" } })).toEqual([]);
  });

  test("begins with all that needs no list", () => {
    expect(firstChoices([CPU, FILES])).toEqual({ cpu: { on: true, scope: "" }, files: { on: false, scope: "" } });
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

  test.each([
    [2, [], false, "Grant 2 and start"],
    [2, [], true, "Grant 2 and replace"],
    [1, ["files"], false, "Grant 1 and wait"],
    [0, ["files"], false, "Install without a grant"],
    [0, ["files"], true, "Replace without a grant"],
    [0, [], false, "Install and start"],
    [0, [], true, "Replace and start"],
  ])("of %d things without %j is named by what it does (%s)", (granted, without, replaces, expected) => {
    expect(outcome(granted, without, replaces)).toBe(expected);
  });

  test("of nothing promises nothing", () => {
    expect([grantLabel(0, ["files"]), grantLabel(1, ["files"]), grantLabel(2, [])]).toEqual([
      "Grant",
      "Grant 1",
      "Grant 2 and start",
    ]);
  });

  test("that lacks something says what comes of it", () => {
    expect(consequence([], undefined)).toBe("");
    expect(consequence(["files", "net"], undefined)).toBe("it starts when files and net are granted too");
    expect(consequence(["files"], plugin({ state: "quarantined" }))).toBe("it starts when files is granted too");
    expect(consequence(["files"], plugin())).toBe("it starts when files is granted too; until then what runs goes on");
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
    const after = plugin({ capabilities: [{ name: "cpu", granted: true }], unused_grants: ["net"] });
    expect(stillGranted(after, ["cpu"])).toEqual(["cpu"]);
    expect(stillGranted(after, ["net"])).toEqual(["net"]);
    expect(stillGranted(after, ["files"])).toEqual([]);
    expect(stays("system", ["cpu"]).help).toBe("to refuse it, write under plugins.system.grant in autobot.yaml: cpu: false");
  });

  test.each([
    [403, "no", "No permission: no"],
    [0, "the host does not answer", "the host does not answer"],
    [409, "no other version", "no other version"],
  ])("or was not (%d) is told in words", (status, message, expected) => {
    expect(failureOf(new ApiError(message, undefined, status)).message).toBe(expected);
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
      () => api.trial(bytes, { files: ["/var/log/*"] }),
      ["POST", "/base/api/autobot/v1/plugins/trial?grant=%7B%22files%22%3A%5B%22%2Fvar%2Flog%2F*%22%5D%7D", bytes],
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
