/** Services and containers as rows: what is wrong first, then what was restarted lately, then by processor time. */
import type { Newest } from "../now";

export interface Row {
  name: string;
  /** Dim behind the name: an image. */
  of: string;
  /** What state it is in, in its manager's words. */
  state: string;
  up: boolean;
  /** What is wrong in a word: `failed`, `restarting`, `unhealthy`; empty while all is well. */
  wrong: string;
  /** Within the last hour; a fraction is the host's estimate over gaps. */
  restarts: number;
  cpu: number | undefined;
  memory: number | undefined;
}

export interface Units {
  up: readonly Newest[];
  state: readonly Newest[];
  failed: readonly Newest[];
  restarts: readonly Newest[];
  cpu: readonly Newest[];
  memory: readonly Newest[];
}

export interface Containers extends Omit<Units, "failed"> {
  health: readonly Newest[];
  info: readonly Newest[];
}

type Values = readonly Newest[];

/** The first series of a name that is 1, or any. */
function by(label: string, values: Values): (name: string) => Newest | undefined {
  const found = new Map<string, Newest>();
  for (const one of values) {
    const name = one.labels[label] ?? "";
    if (one.value > 0 || !found.has(name)) found.set(name, one);
  }
  return name => found.get(name);
}

function names(label: string, ...all: Values[]): string[] {
  return [...new Set(all.flatMap(values => values.map(({ labels }) => labels[label] ?? "")))];
}

/** Less than half a restart is what is left of an estimate, not a restart. */
const whole = (restarts: number | undefined): number => Math.round(restarts ?? 0);

export function units(told: Units): Row[] {
  const [up, state, failed] = [by("service", told.up), by("service", told.state), by("service", told.failed)];
  const [restarts, cpu, memory] = [by("service", told.restarts), by("service", told.cpu), by("service", told.memory)];
  const rows = names("service", told.failed, told.up).map(name => {
    const labels = state(name)?.labels;
    const sub = labels?.["sub_state"] ?? "";
    const broken = (failed(name)?.value ?? 0) > 0;
    const looping = sub.startsWith("auto-restart");
    return {
      name,
      of: "",
      state: sub || labels?.["state"] || (broken ? "failed" : "unknown"),
      up: (up(name)?.value ?? 0) > 0,
      wrong: broken ? "failed" : looping ? "restarting" : "",
      restarts: whole(restarts(name)?.value),
      cpu: cpu(name)?.value,
      memory: memory(name)?.value,
    };
  });
  return rows.sort(inOrder);
}

export function containers(told: Containers): Row[] {
  const of = (values: Values) => by("container", values);
  const [up, state, health, info] = [of(told.up), of(told.state), of(told.health), of(told.info)];
  const [restarts, cpu, memory] = [of(told.restarts), of(told.cpu), of(told.memory)];
  const rows = names("container", told.up, told.state).map(name => {
    const is = state(name)?.labels["state"] ?? "unknown";
    const says = health(name)?.labels["health"] ?? "";
    return {
      name,
      of: info(name)?.labels["image"] ?? "",
      state: says === "" || says === "none" ? is : `${is}, ${says}`,
      up: (up(name)?.value ?? 0) > 0,
      wrong: ["restarting", "dead"].includes(is) ? is : says === "unhealthy" ? says : "",
      restarts: whole(restarts(name)?.value),
      cpu: cpu(name)?.value,
      memory: memory(name)?.value,
    };
  });
  return rows.sort(inOrder);
}

function inOrder(a: Row, b: Row): number {
  return (
    Number(b.wrong !== "") - Number(a.wrong !== "") ||
    b.restarts - a.restarts ||
    Number(b.up) - Number(a.up) ||
    (b.cpu ?? 0) - (a.cpu ?? 0) ||
    a.name.localeCompare(b.name)
  );
}

/** `38 services run, 1 failed, 2 restarted within the hour`. */
export function sentence(rows: readonly Row[], one: string, more: string): string {
  if (rows.length === 0) return "";
  const count = (is: (row: Row) => boolean): number => rows.filter(is).length;
  const running = count(({ up }) => up);
  const again = count(({ restarts }) => restarts > 0);
  const words = [...new Set(rows.map(({ wrong }) => wrong).filter(Boolean))].sort();
  return [
    running === 1 ? `1 ${one} runs` : `${running} ${more} run`,
    ...words.map(word => `${count(({ wrong }) => wrong === word)} ${word}`),
    again > 0 ? `${again} restarted within the hour` : "",
  ]
    .filter(Boolean)
    .join(", ");
}
