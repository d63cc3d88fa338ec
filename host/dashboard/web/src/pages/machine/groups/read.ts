/** Control groups as rows. */
import type { Picked } from "../../../chart/model";
import type { Newest } from "../now";

export interface Group {
  path: string;
  cpu: number | undefined;
  memory: number | undefined;
  limit: number | undefined;
  processes: number | undefined;
  /** Times that a process was killed since memory ran out. */
  kills: number | undefined;
}

export type Column = "cpu" | "memory" | "processes" | "kills";

export interface Told {
  cpu: readonly Newest[];
  memory: readonly Newest[];
  limit: readonly Newest[];
  processes: readonly Newest[];
  kills: readonly Newest[];
}

export function groups(told: Told, by: Column): Group[] {
  const found = new Map<string, Group>();
  for (const [key, values] of Object.entries(told) as [keyof Told, readonly Newest[]][]) {
    for (const { labels, value } of values) {
      const path = labels["cgroup"] ?? "";
      const none = { path, cpu: undefined, memory: undefined, limit: undefined, processes: undefined, kills: undefined };
      found.set(path, { ...(found.get(path) ?? none), [key]: value });
    }
  }
  return [...found.values()].sort((a, b) => (b[by] ?? -1) - (a[by] ?? -1) || a.path.localeCompare(b.path));
}

/** Those that hold no other one: their sums count nothing twice. */
export function leaves(picked: readonly Picked[]): Picked[] {
  const paths = picked.map(({ labels }) => labels["cgroup"] ?? "");
  return picked.filter((_, index) => {
    const below = `${paths[index] ?? ""}/`.replace(/^\/\/$/, "/");
    return !paths.some((other, at) => at !== index && other.startsWith(below));
  });
}

/** The last part of the path, without what systemd puts behind a service's name; a container by the start of its number. */
export function called(path: string): string {
  const last = path.slice(path.lastIndexOf("/") + 1) || path;
  const container = /^(docker|libpod|crio|cri-containerd)-([0-9a-f]{12})[0-9a-f]*\.scope$/.exec(last);
  return container ? `${container[1] ?? ""} ${container[2] ?? ""}` : last.replace(/\.service$/, "");
}
