import { Index, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import { duration, text } from "../../../format/units";
import { Charts } from "../Charts";
import { newest } from "../now";
import { Section } from "../Section";
import { batteries, chargers, CHARTS, inWords, QUERIES } from "./battery";

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
                  <th scope="col" class="num">
                    Charge
                  </th>
                  <th scope="col" class="num">
                    Left
                  </th>
                  <th scope="col" class="num" title="what it holds when full, of what it held when new">
                    Health
                  </th>
                  <th scope="col" class="num hide-narrow">
                    Cycles
                  </th>
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
