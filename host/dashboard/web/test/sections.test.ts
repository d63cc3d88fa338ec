import { describe, expect, test } from "vitest";
import type { ChartSpec } from "../src/chart/spec";
import { crosses } from "../src/chart/model";
import type { Query } from "../src/data/feed";
import { QUERIES } from "../src/pages/machine/queries";
import { FOLDED as NETWORK, folded as network } from "../src/pages/machine/charts/network-more";
import { band, told } from "../src/pages/machine/bands";
import { heatLimits, ofAll, ofOne } from "../src/pages/machine/gpu/charts";
import { FEW, one, SEVERAL } from "../src/pages/machine/gpu/queries";
import { devices, faults, held, missing, reason, sentence as gpus } from "../src/pages/machine/gpu/read";
import { batteries, chargers, CHARTS as BATTERY_CHARTS, inWords, QUERIES as BATTERY } from "../src/pages/machine/heat/battery";
import { charts as heat, QUERIES as HEAT } from "../src/pages/machine/heat/charts";
import { alarms, nearest, thermometers } from "../src/pages/machine/heat/read";
import { called, groups, leaves } from "../src/pages/machine/groups/read";
import { charts as kernel, folded as moreOfKernel, FOLDED, QUERIES as KERNEL } from "../src/pages/machine/kernel/charts";
import { limits } from "../src/pages/machine/kernel/read";
import { charts as npu, QUERIES as NPU } from "../src/pages/machine/npu/charts";
import { CHARTS as GROUP_CHARTS, QUERIES as GROUPS } from "../src/pages/machine/groups/charts";
import {
  charts as services,
  CONTAINERS,
  CONTAINERS_LATELY,
  SERVICES,
  SERVICES_LATELY,
} from "../src/pages/machine/services/charts";
import type { Newest } from "../src/pages/machine/now";
import { kinds, together } from "../src/pages/machine/present";
import { containers, sentence, units } from "../src/pages/machine/services/read";

const is = (value: number, labels: Record<string, string> = {}): Newest => ({ labels, value });
const WINDOWS = { step: 5000, interval: 1000, machine: 'a "b"' };

describe("a section", () => {
  test.each<[string, string[], string[], string[]]>([
    ["nothing but the system", ["system_cpu_utilization_ratio"], [], []],
    ["a GPU", [], ["hw_gpu_count", "hw_temperature_celsius", "hw_power_watts"], ["gpu"]],
    ["a GPU that is lost", [], ["hw_gpu_lost"], ["gpu"]],
    ["sensors", ["hw_temperature_celsius"], [], ["heat"]],
    ["an NPU", ["hw_npu_info"], [], ["npu"]],
    ["a battery", ["hw_battery_charge_ratio"], [], ["battery"]],
    ["systemd alone", ["service_up"], [], ["units"]],
    ["containers alone", ["container_up"], [], ["containers"]],
    ["groups", ["cgroup_memory_usage_bytes"], [], ["groups"]],
    ["limits", ["system_limit_utilization_ratio"], [], ["kernel"]],
  ])("is there for %s and for nothing else", (_, others, gpu, expected) => {
    expect([...kinds(together(others, gpu))]).toEqual(expected);
  });
});

describe("every query of the page", () => {
  const sections: readonly (readonly Query[])[] = [
    ...[QUERIES, FEW, SEVERAL, one('GPU-"1'), NPU, HEAT, BATTERY, GROUPS, KERNEL, FOLDED, NETWORK],
    ...[SERVICES, [SERVICES_LATELY], CONTAINERS, [CONTAINERS_LATELY]],
  ];

  test("asks for one machine's series only", () => {
    for (const { id, text } of sections.flat()) {
      const asked = text(WINDOWS);
      expect(asked, id).toContain(String.raw`machine="a \"b\""`);
      expect(asked.match(/machine=/g)?.length, id).toBe(asked.match(/\{/g)?.length);
    }
  });

  test("has a name that no other part of the page uses", () => {
    const ids = sections.flat().map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });
});

describe("every chart of a section", () => {
  const all = new Set([
    "system_network_tcp_opens_total",
    "system_network_tcp_resets_total",
    "system_network_tcp_listen_overflows_total",
    "system_network_udp_datagrams_total",
    "system_network_udp_errors_total",
    "system_network_softnet_dropped_total",
    "system_network_conntrack_events_total",
    "system_network_sockets",
    "system_softirqs_total",
    "system_interrupt_line_total",
    "system_interrupts_total",
    "system_process_created_total",
    "system_cpu_context_switches_total",
    "system_cpu_scheduled_seconds_total",
  ]);
  const has = { heat: true, fans: true, power: true, work: true, throttles: true };
  test.each<[string, readonly ChartSpec[], readonly Query[], number]>([
    [
      "GPUs",
      ofAll(
        () => [],
        () => undefined,
      ),
      SEVERAL,
      3,
    ],
    ["a GPU", ofOne({ memory: () => undefined, heat: () => [], power: () => undefined }), one("x"), 7],
    ["NPUs", npu(() => undefined), NPU, 3],
    ["batteries", BATTERY_CHARTS, BATTERY, 2],
    ["control groups", GROUP_CHARTS, GROUPS, 2],
    ["services", services("service", ""), SERVICES, 2],
    ["containers", services("container", ""), CONTAINERS, 2],
    ["heat", heat(has, () => 0), HEAT, 5],
    ["the kernel", kernel(all), KERNEL, 3],
    ["more of the kernel", moreOfKernel(all), FOLDED, 3],
    ["more of the network", network(all), NETWORK, 8],
  ])("of %s asks for queries of it, and can be drawn with nothing", (_, specs, queries, count) => {
    expect(specs.length).toBe(count);
    const known = new Set(queries.map(({ id }) => id));
    for (const spec of specs) {
      expect(spec.queries.filter(id => !known.has(id))).toEqual([]);
      expect(spec.lines(spec.queries.map(() => []))).toEqual([]);
      expect(() => [spec.of?.(), spec.max?.(), spec.limits?.(), spec.now?.({ times: [], lines: [] }, 0)]).not.toThrow();
    }
  });

  test("is left out where the kernel does not tell it", () => {
    expect([kernel(new Set()), moreOfKernel(new Set()), network(new Set())]).toEqual([[], [], []]);
    expect(heat({ ...has, fans: false, power: false }, () => 0).map(({ id }) => id)).toEqual([
      "heat",
      "cpu-work",
      "cpu-throttles",
    ]);
  });
});

describe("GPUs", () => {
  const info = (index: string, name: string) => is(1, { id: `GPU-${index}`, index, name, driver: "570.86" });

  test("stand in the driver's order, with numbers as numbers", () => {
    expect(devices(["10", "9", "0"].map(index => info(index, "H100"))).map(({ index }) => index)).toEqual([0, 9, 10]);
  });

  test.each([
    [[], ""],
    [[info("0", "RTX 4070")], "RTX 4070, driver 570.86"],
    [[info("0", "H100"), info("1", "H100"), info("2", "T1000")], "2 × H100, T1000, driver 570.86"],
  ])("are named in a sentence (%#)", (all, expected) => {
    expect(gpus(devices(all))).toBe(expected);
  });

  test("that changed their driver are there once, with the new one", () => {
    expect(
      devices([info("0", "H100"), { labels: { ...info("0", "H100").labels, driver: "580" } }]).map(({ driver }) => driver),
    ).toEqual(["580"]);
  });

  test("that do not answer are named, as far as it is known which", () => {
    const gone = devices([info("2", "H100"), info("6", "H100")]);
    expect([missing(1, gone.slice(1)), missing(1, []), missing(1, gone), missing(2, gone), missing(3, gone)]).toEqual([
      "GPU 6 does not answer",
      "A GPU does not answer",
      "A GPU does not answer",
      "GPUs 2, 6 do not answer",
      "3 GPUs do not answer",
    ]);
  });

  test.each<[string, Newest[], ReturnType<typeof held>]>([
    ["that tells no reasons", [], undefined],
    ["at its full clock", [is(0, { id: "a", reason: "sw_power_cap" })], { words: "", trouble: false }],
    ["at its power limit", [is(1, { id: "a", reason: "sw_power_cap" })], { words: "power limit", trouble: false }],
    [
      "that is hot too",
      [is(1, { id: "a", reason: "sw_power_cap" }), is(1, { id: "a", reason: "sw_thermal_slowdown" })],
      { words: "power limit, too hot", trouble: true },
    ],
    ["of another driver", [is(1, { id: "a", reason: "new_reason" })], { words: "new reason", trouble: true }],
    [
      "beside one that is held back",
      [is(1, { id: "b", reason: "hw_slowdown" }), is(0, { id: "a", reason: "hw_slowdown" })],
      { words: "", trouble: false },
    ],
  ])("say what holds them back: one %s", (_, throttled, expected) => {
    expect(held(throttled, "a")).toEqual(expected);
  });

  test("tell only of faults that there are", () => {
    const none = { errors: [], remapped: [], retired: [], replays: [] };
    expect(faults({ ...none, errors: [is(0, { id: "a", type: "uncorrected" })], replays: [is(0, { id: "a" })] }, "a")).toEqual(
      [],
    );
    const errors = [
      is(12, { id: "a", type: "corrected" }),
      is(1, { id: "a", type: "uncorrected" }),
      is(9, { id: "b", type: "corrected" }),
    ];
    expect(faults({ ...none, errors, remapped: [is(3, { id: "a" })], replays: [is(1, { id: "a" })] }, "a")).toEqual([
      { words: "12 corrected memory errors", trouble: false },
      { words: "1 uncorrected memory error", trouble: true },
      { words: "3 memory rows out of use", trouble: true },
      { words: "1 packet sent again over PCIe", trouble: false },
    ]);
  });

  test("have a line where they slow down and one where they end, or one for both where labels would touch", () => {
    const at = (limit: string, value: number) => is(value, { limit });
    const of = (...all: Newest[]) => heatLimits(all).map(({ value, label }) => [value, label]);
    expect(of()).toEqual([]);
    expect(of(at("shutdown", 100))).toEqual([[100, "off at 100 °C"]]);
    expect(of(at("slowdown", 75), at("shutdown", 100))).toEqual([
      [75, "slows down at 75 °C"],
      [100, "off at 100 °C"],
    ]);
    expect(of(at("slowdown", 102), at("shutdown", 105))).toEqual([[102, "slows down at 102 °C, off at 105 °C"]]);
  });

  test("have memory that may be hotter than the limit of the core", () => {
    const [limit] = heatLimits([is(87, { limit: "slowdown" })]);
    const line = (name: string) => ({ name, ink: "series-1", values: [] });
    if (!limit) throw new Error("no limit");
    expect([crosses(line("core"), 88, limit), crosses(line("memory"), 95, limit), crosses(line("core"), null, limit)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("are drawn in rows by their number, and their power as one sum", () => {
    const all = devices([info("1", "H100"), info("0", "H100")]);
    const picked = [
      { labels: { id: "GPU-1" }, values: [3, null] },
      { labels: { id: "GPU-0" }, values: [1, 1] },
    ];
    const [busy, , power] = ofAll(
      () => all,
      () => 1400,
    );
    expect(busy?.lines([picked]).map(({ name }) => name)).toEqual(["0", "1"]);
    expect(power?.lines([picked]).map(({ name, values }) => [name, values])).toEqual([["all", [4, 1]]]);
    expect(power?.limits?.().map(({ label }) => label)).toEqual(["all may draw 1400 W"]);
  });

  test("show coders only where they worked", () => {
    const task = (name: string, value: number) => ({ labels: { task: name }, values: [value] });
    const busy = ofOne({ memory: () => 1, heat: () => [], power: () => 1 })[0];
    expect(
      busy?.lines([[task("decoder", 0), task("encoder", 0.1), task("memory", 0), task("general", 0)]]).map(({ name }) => name),
    ).toEqual(["busy", "memory read or written", "encoder"]);
  });
});

describe("a band of states", () => {
  test("joins neighbours, breaks at gaps, and knows its share of the time that is known", () => {
    const made = band("x", [5, 10, 15, 20, 25, 30], [0, 1, 1, null, 1, 0], 5);
    expect(made).toEqual({
      name: "x",
      stretches: [
        { from: 5, to: 15, share: 1 },
        { from: 20, to: 25, share: 1 },
      ],
      share: 0.6,
      now: false,
    });
    expect(told(made)).toBe("60 % of the time");
  });

  test("says that it is so now, and that it was so for less than can be told", () => {
    expect(told(band("x", [5, 10], [0, 1], 5))).toBe("now, 50 % of the time");
    expect(told(band("x", [5, 10], [0.004, 0], 5))).toBe("under 1 % of the time");
    expect(band("x", [], [], 5)).toEqual({ name: "x", stretches: [], share: 0, now: false });
  });

  test("has a word for each reason, also for one that nobody knew", () => {
    expect([reason({ reason: "sync_boost" }), reason({ reason: "a_new_one" })]).toEqual(["keeps pace with others", "a new one"]);
  });
});

describe("thermometers", () => {
  const chip = (name: string) => ({ id: "coretemp", name });
  const limit = (name: string, kind: string, value: number) => is(value, { ...chip(name), limit_type: kind });
  const sensors = thermometers(
    [
      is(40, { id: "board", name: "temp1" }),
      is(60, chip("Core 0")),
      is(95, chip("Package")),
      is(50, { id: "nvme", name: "Composite" }),
    ],
    [limit("Package", "critical", 100), limit("Package", "high", 90), limit("Core 0", "high", 90)],
  );

  test("stand by how near they are to a limit, those without one by their heat", () => {
    expect(sensors.map(({ name, headroom }) => [name, headroom])).toEqual([
      ["Package", -5],
      ["Core 0", 30],
      ["Composite", undefined],
      ["temp1", undefined],
    ]);
  });

  test("say which is nearest to its limit, or beyond it", () => {
    expect(nearest(sensors)).toBe("coretemp Package is 5 °C beyond its high limit");
    expect(nearest(sensors.slice(1))).toBe("nearest to its limit: coretemp Core 0, 30 °C below");
    expect([nearest(sensors.slice(2)), nearest([])]).toEqual(["", ""]);
  });

  test("that raise an alarm are named", () => {
    expect(alarms([is(0, chip("Core 0")), is(1, { id: "nct6798", name: "in0" })])).toEqual(["nct6798 in0"]);
  });
});

describe("batteries", () => {
  const of = (state: string) =>
    batteries({
      charge: [is(0.62, { id: "BAT0" })],
      state: [is(0, { id: "BAT0", state: "full" }), is(1, { id: "BAT0", state })],
      health: [is(0.87, { id: "BAT0" })],
      left: [is(12_891, { id: "BAT0" })],
      cycles: [],
    });
  test.each([
    ["on battery, 62.0 %, 3 h 34 min left", of("discharging"), chargers([is(0)])],
    ["plugged in, 62.0 %, 3 h 34 min until full", of("charging"), chargers([is(0), is(1)])],
    ["62.0 %, 3 h 34 min left", of("discharging"), chargers([])],
    ["plugged in, 2 batteries", [...of("charging"), ...of("charging")], true],
    ["plugged in", [], true],
    ["no charger supplies power", [], false],
    ["", [], undefined],
  ])("say: %s", (expected, all, plugged) => {
    expect(inWords(all, plugged)).toBe(expected);
  });
});

describe("control groups", () => {
  test.each([
    ["/system.slice/redis.service", "redis"],
    ["/system.slice/docker-9f21c0d5c9ab9f21c0d5c9ab.scope", "docker 9f21c0d5c9ab"],
    ["/user.slice", "user.slice"],
    ["/", "/"],
  ])("%s is called %s", (path, name) => {
    expect(called(path)).toBe(name);
  });

  test("are rows of what is known of each, by the column that was chosen", () => {
    const told = {
      cpu: [is(0.2, { cgroup: "/a" }), is(1, { cgroup: "/b" })],
      memory: [is(9, { cgroup: "/a" })],
      limit: [is(10, { cgroup: "/a" })],
      processes: [],
      kills: [],
    };
    expect(groups(told, "cpu").map(({ path }) => path)).toEqual(["/b", "/a"]);
    expect(groups(told, "memory").map(({ path, memory, limit }) => [path, memory, limit])).toEqual([
      ["/a", 9, 10],
      ["/b", undefined, undefined],
    ]);
  });

  test("are drawn without those that hold others, which would count twice", () => {
    const paths = ["/", "/system.slice", "/system.slice/a.service", "/system.slicer"];
    const picked = paths.map(cgroup => ({ labels: { cgroup }, values: [1] }));
    expect(leaves(picked).map(({ labels }) => labels["cgroup"])).toEqual(["/system.slice/a.service", "/system.slicer"]);
  });
});

describe("services", () => {
  const up = (service: string, value: number) => is(value, { service });
  const state = (service: string, sub: string) => is(1, { service, state: "active", sub_state: sub });
  const rows = units({
    up: [up("calm.service", 1), up("busy.service", 1), up("again.service", 1), up("loop.service", 0), up("idle.service", 0)],
    state: [
      state("calm.service", "running"),
      state("busy.service", "running"),
      state("loop.service", "auto-restart"),
      state("again.service", "running"),
    ],
    failed: [is(1, { service: "data.mount" })],
    restarts: [is(1.98, { service: "again.service" }), is(0.2, { service: "calm.service" })],
    cpu: [is(0.5, { service: "busy.service" })],
    memory: [],
  });

  test("that failed come first, then those that were restarted lately, then the busiest, and at last those that rest", () => {
    expect(rows.map(({ name, wrong, restarts }) => `${name} ${wrong}${restarts || ""}`.trim())).toEqual([
      "data.mount failed",
      "loop.service restarting",
      "again.service 2",
      "busy.service",
      "calm.service",
      "idle.service",
    ]);
  });

  test("are summed up in a sentence", () => {
    expect(sentence(rows, "service", "services")).toBe("3 services run, 1 failed, 1 restarting, 1 restarted within the hour");
    expect(sentence(rows.slice(3, 4), "service", "services")).toBe("1 service runs");
    expect(sentence([], "service", "services")).toBe("");
  });

  test("of containers are wrong when they say so themselves", () => {
    const of = (container: string, more: Record<string, string> = {}) => is(1, { container, ...more });
    const found = containers({
      up: [of("web"), of("sick"), is(0, { container: "old" })],
      state: [of("web", { state: "running" }), of("sick", { state: "running" }), of("old", { state: "exited" })],
      health: [of("sick", { health: "unhealthy" }), of("web", { health: "none" })],
      info: [of("web", { image: "nginx:1" })],
      restarts: [],
      cpu: [],
      memory: [],
    });
    expect(found.map(({ name, state: now, wrong, of: image }) => [name, now, wrong, image])).toEqual([
      ["sick", "running, unhealthy", "unhealthy", ""],
      ["web", "running", "", "nginx:1"],
      ["old", "exited", "", ""],
    ]);
  });
});

test("limits of the kernel stand fullest first, bytes as bytes, and those without an end last", () => {
  const of = (resource: string, value: number) => is(value, { resource });
  const found = limits({
    usage: [of("file_descriptors", 7), of("tcp_memory_bytes", 4096), of("conntrack", 90)],
    maximum: [of("tcp_memory_bytes", 8192), of("conntrack", 100)],
    share: [of("tcp_memory_bytes", 0.5), of("conntrack", 0.9)],
  });
  expect(found.map(({ name, unit, share }) => [name, unit, share])).toEqual([
    ["followed connections", "count", 0.9],
    ["memory of TCP", "B", 0.5],
    ["open files", "count", undefined],
  ]);
});
