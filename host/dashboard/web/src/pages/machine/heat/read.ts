/** Sensors as rows: what each measures, its limit, and how far it is from it. */
import type { Labels } from "../../../data/types";
import type { Newest } from "../now";

export interface Sensor {
  id: string;
  name: string;
  value: number;
  /** The first limit that it meets, and its kind. */
  limit: number | undefined;
  kind: string | undefined;
  /** Degrees until then; below 0 it is beyond. */
  headroom: number | undefined;
}

const same = (a: Labels, b: Labels): boolean => a["id"] === b["id"] && a["name"] === b["name"];

/** Thermometers, those nearest to a limit first, those without one by heat. */
export function thermometers(values: readonly Newest[], limits: readonly Newest[]): Sensor[] {
  return values
    .map(({ labels, value }) => {
      const first = limits.filter(limit => same(limit.labels, labels)).sort((a, b) => a.value - b.value)[0];
      return {
        id: labels["id"] ?? "",
        name: labels["name"] ?? "",
        value,
        limit: first?.value,
        kind: first?.labels["limit_type"],
        headroom: first === undefined ? undefined : first.value - value,
      };
    })
    .sort((a, b) => (a.headroom ?? Infinity) - (b.headroom ?? Infinity) || b.value - a.value || a.name.localeCompare(b.name));
}

/** How a sensor is called where those of several chips stand together. */
export function called(labels: Labels): string {
  const [id = "", name = ""] = [labels["id"], labels["name"]];
  return name === "" || name === id ? id : `${id} ${name}`;
}

/** What chips complain of, in words. */
export function alarms(values: readonly Newest[]): string[] {
  return values.filter(({ value }) => value > 0).map(({ labels }) => called(labels));
}

/** `coretemp Package id 0 is 4 °C from its high limit`. */
export function nearest(sensors: readonly Sensor[]): string {
  const first = sensors[0];
  if (!first || first.headroom === undefined) return "";
  const name = called({ id: first.id, name: first.name });
  const degrees = Math.abs(Math.round(first.headroom * 10) / 10);
  return first.headroom > 0
    ? `nearest to its limit: ${name}, ${degrees} °C below`
    : `${name} is ${degrees} °C beyond its ${first.kind ?? ""} limit`;
}
