/** Limits of the kernel as rows. */
import type { Newest } from "../now";

export interface Limit {
  name: string;
  usage: number | undefined;
  maximum: number | undefined;
  share: number | undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  files: "open files",
  file_descriptors: "open files",
  inodes: "inodes in memory",
  threads: "threads",
  processes: "processes",
  conntrack: "connections followed by the firewall",
};

export function limits(told: { usage: readonly Newest[]; maximum: readonly Newest[]; share: readonly Newest[] }): Limit[] {
  const of = (all: readonly Newest[], resource: string): number | undefined =>
    all.find(({ labels }) => labels["resource"] === resource)?.value;
  const resources = [...new Set([...told.share, ...told.usage].map(({ labels }) => labels["resource"] ?? ""))];
  return resources
    .map(resource => ({
      name: WORDS[resource] ?? resource.replaceAll("_", " "),
      usage: of(told.usage, resource),
      maximum: of(told.maximum, resource),
      share: of(told.share, resource),
    }))
    .sort((a, b) => (b.share ?? -1) - (a.share ?? -1) || a.name.localeCompare(b.name));
}
