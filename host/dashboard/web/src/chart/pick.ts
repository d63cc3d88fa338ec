/** From the series of a query to the lines of a chart: named, ordered, and cut to what can be told apart. */
import { summary, type Line, type Picked } from "./model";
import { INK, series } from "./palette";

/** Colours in the order of the lines; a single line has none. */
export function paint(lines: { name: string; values: (number | null)[]; dash?: boolean }[]): Line[] {
  return lines.map((line, index) => ({ ...line, ink: lines.length === 1 ? INK : series(index) }));
}

/** The first word of `order` first, the words that it does not have last, by name. */
export function inOrder(order: readonly string[], word: (labels: Picked["labels"]) => string): (a: Picked, b: Picked) => number {
  const place = (picked: Picked): number => {
    const index = order.indexOf(word(picked.labels));
    return index < 0 ? order.length : index;
  };
  return (a, b) => place(a) - place(b) || word(a.labels).localeCompare(word(b.labels), undefined, { numeric: true });
}

/** One line for each value of a label. */
export function byLabel(
  picked: readonly Picked[],
  label: string,
  {
    order = [],
    names = {},
    leave = [],
  }: { order?: readonly string[]; names?: Readonly<Record<string, string>>; leave?: readonly string[] } = {},
): Line[] {
  const word = (labels: Picked["labels"]): string => labels[label] ?? "";
  return paint(
    picked
      .filter(({ labels }) => !leave.includes(word(labels)))
      .sort(inOrder(order, word))
      .map(({ labels, values }) => ({ name: names[word(labels)] ?? word(labels), values })),
  );
}

/** Sums that are absent only where all their parts are. */
export function sum(all: readonly Picked[]): (number | null)[] {
  const length = Math.max(0, ...all.map(({ values }) => values.length));
  return Array.from({ length }, (_, index) => {
    let total: number | null = null;
    for (const { values } of all) {
      const value = values[index] ?? null;
      if (value !== null) total = (total ?? 0) + value;
    }
    return total;
  });
}

/** The `count` series with the highest mean; ties keep their order. */
export function busiest(picked: readonly Picked[], count: number): Picked[] {
  return picked
    .map(one => ({ one, mean: summary(one.values).mean ?? 0 }))
    .sort((a, b) => b.mean - a.mean)
    .slice(0, count)
    .map(({ one }) => one);
}

const DIRECTIONS: Readonly<Record<string, string>> = {
  receive: "in",
  transmit: "out",
  in: "in",
  out: "out",
  read: "read",
  write: "write",
};

/**
 * Two lines for each of the busiest devices, one for each direction. With one device its name is left to the head of
 * the chart. Devices that did nothing are left out while others did something.
 */
export function byDevice(picked: readonly Picked[], device: string, most: number): Line[] {
  const names = [...new Set(picked.map(({ labels }) => labels[device] ?? ""))];
  const totals = names.map(name => ({ labels: { name }, values: sum(picked.filter(({ labels }) => labels[device] === name)) }));
  const active = totals.filter(({ values }) => values.some(value => (value ?? 0) > 0));
  const chosen = busiest(active.length > 0 ? active : totals, most)
    .map(({ labels }) => labels["name"] ?? "")
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const lines = chosen.flatMap(name =>
    picked
      .filter(({ labels }) => labels[device] === name)
      .sort(inOrder(["read", "receive", "in"], labels => labels["direction"] ?? ""))
      .map(({ labels, values }) => {
        const direction = DIRECTIONS[labels["direction"] ?? ""] ?? labels["direction"] ?? "";
        return { name: chosen.length > 1 || !direction ? `${name} ${direction}`.trim() : direction, values };
      }),
  );
  return paint(lines);
}
