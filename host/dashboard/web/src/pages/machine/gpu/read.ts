/** GPUs as rows and words, from the newest values. */
import type { Labels } from "../../../data/types";
import type { Newest } from "../now";

export interface Device {
  id: string;
  index: number;
  name: string;
  driver: string;
  cuda: string;
  bus: string;
}

/** In the driver's order; each once, also when its driver has changed. */
export function devices(info: readonly Pick<Newest, "labels">[]): Device[] {
  const last = new Map(info.map(one => [one.labels["id"] ?? "", one]));
  return [...last.values()]
    .map(({ labels }) => ({
      id: labels["id"] ?? "",
      index: Number(labels["index"] ?? 0) || 0,
      name: labels["name"] ?? "",
      driver: labels["driver"] ?? "",
      cuda: labels["cuda"] ?? "",
      bus: labels["bus"] ?? "",
    }))
    .sort((a, b) => a.index - b.index || a.id.localeCompare(b.id));
}

/** The one value that a device has. */
export function of(values: readonly Newest[], id: string): number | undefined {
  return values.find(({ labels }) => labels["id"] === id)?.value;
}

/** NVML's reasons in words; those that mean trouble are told in colour. */
const REASONS: Readonly<Record<string, { words: string; trouble: boolean }>> = {
  applications_clocks_setting: { words: "clocks set by hand", trouble: false },
  display_clock_setting: { words: "display's clock", trouble: false },
  hw_power_brake_slowdown: { words: "power brake of the machine", trouble: true },
  hw_slowdown: { words: "slowed down by hardware", trouble: true },
  hw_thermal_slowdown: { words: "far too hot", trouble: true },
  sw_power_cap: { words: "power limit", trouble: false },
  sw_thermal_slowdown: { words: "too hot", trouble: true },
  sync_boost: { words: "keeps pace with others", trouble: false },
};

export function reason(labels: Labels): string {
  const name = labels["reason"] ?? "";
  return REASONS[name]?.words ?? name.replaceAll("_", " ");
}

/** What holds a device back now, and whether it is trouble. */
export function held(throttled: readonly Newest[], id: string): { words: string; trouble: boolean } | undefined {
  const mine = throttled.filter(({ labels }) => labels["id"] === id);
  if (mine.length === 0) return undefined;
  const on = mine.filter(({ value }) => value > 0).map(({ labels }) => labels);
  return {
    words: on.map(reason).join(", "),
    trouble: on.some(labels => REASONS[labels["reason"] ?? ""]?.trouble ?? true),
  };
}

/** A count that should be 0, and is not. */
export interface Fault {
  words: string;
  /** Data may be wrong, or the part is worn: not merely a nuisance. */
  trouble: boolean;
}

export interface Counts {
  errors: readonly Newest[];
  remapped: readonly Newest[];
  retired: readonly Newest[];
  replays: readonly Newest[];
}

export function faults(counts: Counts, id: string): Fault[] {
  const many = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;
  const found: Fault[] = [];
  for (const { labels, value } of counts.errors.filter(({ labels }) => labels["id"] === id)) {
    const kind = labels["type"] ?? "";
    if (value > 0)
      found.push({ words: many(value, `${kind} memory error`, `${kind} memory errors`), trouble: kind !== "corrected" });
  }
  const plain = (values: readonly Newest[], one: string, more: string, trouble: boolean): void => {
    const value = of(values, id) ?? 0;
    if (value > 0) found.push({ words: many(value, one, more), trouble });
  };
  plain(counts.remapped, "memory row out of use", "memory rows out of use", true);
  plain(counts.retired, "memory page out of use", "memory pages out of use", true);
  plain(counts.replays, "packet sent again over PCIe", "packets sent again over PCIe", false);
  return found;
}

/** `GPU 6 does not answer`, as far as it is known which. */
export function missing(lost: number, gone: readonly Device[]): string {
  const known = gone.map(({ index }) => String(index));
  if (lost === 1) return known.length === 1 ? `GPU ${known[0] ?? ""} does not answer` : "A GPU does not answer";
  return known.length === lost ? `GPUs ${known.join(", ")} do not answer` : `${lost} GPUs do not answer`;
}

/** `8 × NVIDIA H100 80GB HBM3, driver 570.86.15`. */
export function sentence(all: readonly Device[]): string {
  const names = [...new Set(all.map(({ name }) => name))];
  const counted = names.map(name => {
    const count = all.filter(device => device.name === name).length;
    return count === 1 ? name : `${count} × ${name}`;
  });
  const driver = all[0]?.driver;
  return [...counted, ...(driver ? [`driver ${driver}`] : [])].join(", ");
}
