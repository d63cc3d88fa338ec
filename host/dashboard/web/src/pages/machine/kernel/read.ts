/** Limits of the kernel as rows. */
import type { Newest } from "../now";

export interface Limit {
  name: string;
  unit: "count" | "B";
  usage: number | undefined;
  maximum: number | undefined;
  share: number | undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  file_descriptors: "open files",
  conntrack: "followed connections",
  aio: "asynchronous reads and writes",
  tcp_memory_bytes: "memory of TCP",
  tcp_orphaned: "orphaned TCP connections",
  tcp_time_wait: "TCP connections that end",
};

export function limits(told: { usage: readonly Newest[]; maximum: readonly Newest[]; share: readonly Newest[] }): Limit[] {
  const of = (all: readonly Newest[], resource: string): number | undefined =>
    all.find(({ labels }) => labels["resource"] === resource)?.value;
  const resources = [...new Set([...told.share, ...told.usage].map(({ labels }) => labels["resource"] ?? ""))];
  return resources
    .map(resource => ({
      unit: resource.endsWith("_bytes") ? ("B" as const) : ("count" as const),
      name: WORDS[resource] ?? resource.replaceAll("_", " "),
      usage: of(told.usage, resource),
      maximum: of(told.maximum, resource),
      share: of(told.share, resource),
    }))
    .sort((a, b) => (b.share ?? -1) - (a.share ?? -1) || a.name.localeCompare(b.name));
}
