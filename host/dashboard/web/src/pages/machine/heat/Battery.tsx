import { Index, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { byLabel, paint } from "../../../chart/pick";
import type { ChartSpec } from "../../../chart/spec";
import { useFeed } from "../../../chart/useFeed";
import type { Query } from "../../../data/feed";
import { duration, text } from "../../../format/units";
import { Charts } from "../Charts";
import { g, n } from "../ask";
import { newest } from "../now";
import { Section } from "../Section";
import { batteries, chargers, inWords } from "./battery";

export const QUERIES: readonly Query[] = [
  g("charge", "hw_battery_charge_ratio"),
  g("battery-power", `hw_power_watts{name="Battery"}`),
  n("battery-state", "hw_battery_state"),
  n("battery-health", "hw_battery_health_ratio"),
  n("battery-left", "hw_battery_time_left_seconds"),
  n("battery-cycles", "hw_battery_cycles_total"),
  n("online", "hw_power_supply_online"),
];

export const CHARTS: readonly ChartSpec[] = [
  {
    id: "charge",
    title: "Charge",
    unit: "%",
    min: 0,
    max: () => 1,
    queries: ["charge"],
    lines: ([picked = []]) =>
      picked.length > 1 ? byLabel(picked, "id") : paint(picked.map(({ values }) => ({ name: "charge", values }))),
    legend: ["min", "max", "last"],
    rows: 1,
    absent: "no battery has told its charge in this range",
  },
  {
    id: "battery-power",
    title: "Battery power",
    of: () => "in or out",
    unit: "W",
    min: 0,
    queries: ["battery-power"],
    lines: ([picked = []]) =>
      picked.length > 1 ? byLabel(picked, "id") : paint(picked.map(({ values }) => ({ name: "power", values }))),
    legend: ["mean", "max", "last"],
    rows: 1,
    absent: "no battery has told its power in this range",
  },
];

/** Batteries and chargers: how full, how long still, how worn. */
const Battery: Component = () => {
  const { host } = useApp();
  const feed = useFeed(QUERIES, () => (host.asked() ? host.interval() : undefined));
  const all = createMemo(() =>
    batteries({
      charge: newest(feed.track("charge")),
      state: newest(feed.track("battery-state")),
      health: newest(feed.track("battery-health")),
      left: newest(feed.track("battery-left")),
      cycles: newest(feed.track("battery-cycles")),
    }),
  );
  const plugs = createMemo(() => chargers(newest(feed.track("online"))));
  return (
    <Section id="battery" icon="battery" title="Battery" say={inWords(all(), plugs())}>
      <Show when={all().length > 0}>
        <div class="panels c3">
          <section class="panel" aria-label="Batteries">
            <table class="tbl flat dense">
              <thead>
                <tr>
                  <th scope="col">Battery</th>
                  <th scope="col">State</th>
                  <th scope="col" class="num">Charge</th>
                  <th scope="col" class="num">Left</th>
                  <th scope="col" class="num" title="what it holds when full, of what it held when new">
                    Health
                  </th>
                  <th scope="col" class="num hide-narrow">Cycles</th>
                </tr>
              </thead>
              <tbody>
                <Index each={all()}>
                  {battery => (
                    <tr>
                      <td class="name">{battery().id}</td>
                      <td class="sec">{battery().state}</td>
                      <td class="num">{text(battery().charge, "%")}</td>
                      <td class="num">{battery().left === undefined ? "–" : duration((battery().left ?? 0) * 1000)}</td>
                      <td class="num">{text(battery().health, "%")}</td>
                      <td class="num sec hide-narrow">{text(battery().cycles, "count")}</td>
                    </tr>
                  )}
                </Index>
              </tbody>
            </table>
          </section>
          <Charts of={CHARTS} feed={feed} />
        </div>
      </Show>
    </Section>
  );
};

export default Battery;
