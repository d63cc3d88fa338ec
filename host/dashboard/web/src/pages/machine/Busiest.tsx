import { Index, Show, createMemo, createSignal, type Component } from "solid-js";
import type { Feed } from "../../data/feed";
import { Figure } from "../../parts/Figure";
import { NoRows } from "./NoRows";
import { newest } from "./now";

interface Group {
  name: string;
  user: string;
  cpu: number | undefined;
  memory: number | undefined;
}

const ROWS = 10;

/** The processes that use most, summed by name and user. */
export const Busiest: Component<{ feed: Feed }> = props => {
  const [by, setBy] = createSignal<"cpu" | "memory">("cpu");
  const groups = createMemo<Group[]>(() => {
    const found = new Map<string, Group>();
    const add = (labels: Readonly<Record<string, string>>, more: Partial<Group>): void => {
      const [name = "", user = ""] = [labels["process"], labels["user"]];
      const key = `${name}\u0000${user}`;
      found.set(key, { ...(found.get(key) ?? { name, user, cpu: undefined, memory: undefined }), ...more });
    };
    for (const { labels, value } of newest(props.feed.track("process-cpu"))) add(labels, { cpu: value });
    for (const { labels, value } of newest(props.feed.track("process-memory"))) add(labels, { memory: value });
    return [...found.values()].sort((a, b) => (b[by()] ?? -1) - (a[by()] ?? -1) || a.name.localeCompare(b.name)).slice(0, ROWS);
  });
  const count = createMemo(() => {
    const states = newest(props.feed.track("processes"));
    const total = states.find(({ labels }) => labels["state"] === "total")?.value;
    return total ?? states.filter(({ labels }) => labels["state"] !== "threads").reduce((sum, { value }) => sum + value, 0);
  });
  const head = (key: "cpu" | "memory", label: string) => (
    <th scope="col" class="num" aria-sort={by() === key ? "descending" : undefined}>
      <button type="button" class="sort" onClick={() => setBy(key)}>
        {label}
      </button>
    </th>
  );
  return (
    <section class="panel" aria-label="Busiest processes">
      <div class="ph">
        <h2>Busiest processes</h2>
        <span class="more">
          <Show when={count()}>{of => `of ${Math.round(of())}`}</Show>
        </span>
      </div>
      <Show
        when={groups().length > 0}
        fallback={
          <NoRows track={props.feed.track("process-cpu")} detail="the processes are looked at twice before their CPU is known" />
        }
      >
        <table class="tbl flat dense">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">User</th>
              {head("cpu", "CPU")}
              {head("memory", "Memory")}
            </tr>
          </thead>
          <tbody>
            <Index each={groups()}>
              {group => (
                <tr>
                  <td class="name mono">{group().name}</td>
                  <td class="sec">{group().user}</td>
                  <td class="num">
                    <Figure value={group().cpu} unit="%" />
                  </td>
                  <td class="num">
                    <Figure value={group().memory} unit="B" />
                  </td>
                </tr>
              )}
            </Index>
          </tbody>
        </table>
      </Show>
    </section>
  );
};
