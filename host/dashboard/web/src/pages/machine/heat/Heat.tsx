import { Index, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import { Figure } from "../../../parts/Figure";
import { Shape } from "../../../parts/Icon";
import { Charts } from "../Charts";
import { NoRows } from "../NoRows";
import { newest } from "../now";
import { Section } from "../Section";
import { charts, QUERIES } from "./charts";
import { alarms, nearest, thermometers } from "./read";

const ROWS = 8;

/** Thermometers, fans, power, and what heat costs the processors. */
const Heat: Component<{ names: ReadonlySet<string> }> = props => {
  const { host } = useApp();
  const feed = useFeed(QUERIES, () => (host.asked() ? host.interval() : undefined));
  const sensors = createMemo(() => thermometers(newest(feed.track("heat")), newest(feed.track("heat-limit"))));
  const raised = createMemo(() => alarms(newest(feed.track("alarms"))));
  const has = (name: string): boolean => props.names.has(name);
  const measured = createMemo(
    () => ({
      heat: has("hw_temperature_celsius"),
      fans: has("hw_fan_speed_rpm"),
      power: has("hw_power_watts") || has("system_cpu_power_watts"),
      work: has("system_cpu_busy_seconds_per_joule"),
      throttles: has("system_cpu_thermal_throttles_total"),
    }),
    undefined,
    { equals: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  );
  const specs = createMemo(() => charts(measured(), () => sensors().length));
  return (
    <Section id="heat" icon="heat" title="Heat and power" say={nearest(sensors())}>
      <Show when={raised().length > 0}>
        <div class="banner high" role="status">
          <Shape name="high" label="alarm" />
          <span>
            {raised().length === 1 ? "A sensor raises" : `${raised().length} sensors raise`} an alarm by the chip's own limits:{" "}
            {raised().slice(0, 4).join(", ")}
          </span>
        </div>
      </Show>
      <div class="panels c3">
        <Show when={measured().heat}>
          <section class="panel" aria-label="Thermometers">
            <div class="ph">
              <h3>Thermometers</h3>
              <span class="more">
                {sensors().length > ROWS ? `${ROWS} of ${sensors().length}, nearest to a limit` : "nearest to a limit first"}
              </span>
            </div>
            <Show
              when={sensors().length > 0}
              fallback={<NoRows track={feed.track("heat")} detail="no sensor has told its temperature in the newest samples" />}
            >
              <table class="tbl flat dense">
                <thead>
                  <tr>
                    <th scope="col">Sensor</th>
                    <th scope="col" class="num">
                      Now
                    </th>
                    <th scope="col" class="num hide-narrow">
                      Limit
                    </th>
                    <th scope="col" class="num">
                      Left
                    </th>
                  </tr>
                </thead>
                <tbody>
                  <Index each={sensors().slice(0, ROWS)}>
                    {sensor => (
                      <tr>
                        <td class="name">
                          <span class="sec">{sensor().id}</span> {sensor().name}
                        </td>
                        <td
                          class="num"
                          classList={{ hot: (sensor().headroom ?? 1) <= 0, critical: sensor().kind === "critical" }}
                        >
                          <Figure value={sensor().value} unit="°C" />
                        </td>
                        <td class="num sec hide-narrow" title={sensor().kind}>
                          <Figure value={sensor().limit} unit="°C" />
                        </td>
                        <td class="num sec">
                          <Figure value={sensor().headroom} unit="°C" />
                        </td>
                      </tr>
                    )}
                  </Index>
                </tbody>
              </table>
            </Show>
          </section>
        </Show>
        <Charts of={specs()} feed={feed} />
      </div>
    </Section>
  );
};

export default Heat;
