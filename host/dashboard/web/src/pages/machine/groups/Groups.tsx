import { Index, Show, createMemo, createSignal, type Component } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import { text } from "../../../format/units";
import { Figure } from "../../../parts/Figure";
import { Meter } from "../../../parts/Meter";
import { Charts } from "../Charts";
import { NoRows } from "../NoRows";
import { newest } from "../now";
import { Section } from "../Section";
import { ABSENT, CHARTS, QUERIES } from "./charts";
import { called, groups, type Column } from "./read";

const ROWS = 10;

/** Services, containers and sessions by what they use, as the kernel counts it for each group of processes. */
const Groups: Component = () => {
  const { host } = useApp();
  const feed = useFeed(QUERIES, () => (host.asked() ? host.interval() : undefined));
  const [by, setBy] = createSignal<Column>("cpu");
  const all = createMemo(() =>
    groups(
      {
        cpu: newest(feed.track("group-cpu")),
        memory: newest(feed.track("group-memory")),
        limit: newest(feed.track("group-limit")),
        processes: newest(feed.track("group-processes")),
        kills: newest(feed.track("group-kills")),
      },
      by(),
    ),
  );
  const head = (key: Column, label: string, hover: string, more = "") => (
    <th scope="col" class={`num ${more}`} aria-sort={by() === key ? "descending" : undefined} title={hover}>
      <button type="button" class="sort" onClick={() => setBy(key)}>
        {label}
      </button>
    </th>
  );
  return (
    <Section
      id="groups"
      icon="groups"
      title="Control groups"
      say="services, containers and sessions; a group counts what is below it"
    >
      <div class="panels c3 lead-2">
        <section class="panel" aria-label="Busiest control groups">
          <div class="ph">
            <h3>Busiest groups</h3>
            <span class="more">{all().length > ROWS ? `${ROWS} of ${all().length}` : all().length || ""}</span>
          </div>
          <Show when={all().length > 0} fallback={<NoRows track={feed.track("group-memory")} detail={ABSENT} />}>
            <table class="tbl flat dense">
              <thead>
                <tr>
                  <th scope="col">Group</th>
                  {head("cpu", "CPU", "100 % is one processor")}
                  {head("memory", "Memory", "in use, and as a share of its limit where it has one")}
                  {head("processes", "Processes", "in the group and below", "hide-slim")}
                  {head("kills", "Killed", "processes killed since the group's memory ran out", "hide-slim")}
                </tr>
              </thead>
              <tbody>
                <Index each={all().slice(0, ROWS)}>
                  {group => {
                    const share = (): number | undefined => {
                      const { memory, limit } = group();
                      return memory === undefined || !limit ? undefined : memory / limit;
                    };
                    return (
                      <tr>
                        <td class="name" title={group().path}>
                          {called(group().path)}
                        </td>
                        <td class="num">
                          <Figure value={group().cpu} unit="%" />
                        </td>
                        <td
                          class="num"
                          title={share() === undefined ? "no limit" : `${text(share(), "%")} of ${text(group().limit, "B")}`}
                        >
                          <span class="cell">
                            <Show when={share() !== undefined}>
                              <Meter share={share() ?? 0} severity={(share() ?? 0) > 0.95 ? "high" : undefined} />
                            </Show>
                            <span class="v" classList={{ hot: (share() ?? 0) > 0.95 }}>
                              <Figure value={group().memory} unit="B" />
                            </span>
                          </span>
                        </td>
                        <td class="num sec hide-slim">
                          <Figure value={group().processes} unit="count" />
                        </td>
                        <td class="num sec hide-slim" classList={{ hot: (group().kills ?? 0) > 0 }}>
                          <Figure value={group().kills} unit="count" />
                        </td>
                      </tr>
                    );
                  }}
                </Index>
              </tbody>
            </table>
          </Show>
        </section>
        <Charts of={CHARTS} feed={feed} />
      </div>
    </Section>
  );
};

export default Groups;
