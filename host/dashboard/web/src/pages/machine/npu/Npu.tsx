import { createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { byLabel, paint } from "../../../chart/pick";
import type { Picked } from "../../../chart/model";
import type { ChartSpec } from "../../../chart/spec";
import { useFeed } from "../../../chart/useFeed";
import type { Query } from "../../../data/feed";
import { text } from "../../../format/units";
import { Bands } from "../Bands";
import { Charts } from "../Charts";
import { g, n } from "../ask";
import { newest } from "../now";
import { Section } from "../Section";

export const QUERIES: readonly Query[] = [
  n("npus", "hw_npu_info"),
  g("npu-busy", "hw_npu_utilization_ratio"),
  g("npu-clock", "hw_npu_frequency_hertz"),
  n("npu-clock-limit", "hw_npu_frequency_limit_hertz"),
  g("npu-memory", "hw_npu_memory_usage_bytes"),
  g("npu-state", "hw_npu_power_state"),
];

const ABSENT = "the npu plugin has not brought it in this range";

/** One is called by what is drawn; several by their place on the bus. */
function lines(name: string, picked: readonly Picked[]) {
  return picked.length > 1 ? byLabel(picked, "id") : paint(picked.map(({ values }) => ({ name, values })));
}

export function charts(mostClock: () => number | undefined): ChartSpec[] {
  return [
    {
      id: "npu-busy",
      title: "NPU busy",
      of: () => "time at work",
      unit: "%",
      min: 0,
      max: () => 1,
      queries: ["npu-busy"],
      lines: ([picked = []]) => lines("busy", picked),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: ABSENT,
    },
    {
      id: "npu-clock",
      title: "Frequency",
      of: () => "0 at rest",
      unit: "Hz",
      min: 0,
      limits: () => {
        const most = mostClock();
        return most === undefined ? [] : [{ value: most, label: `at most ${text(most, "Hz")}` }];
      },
      queries: ["npu-clock"],
      lines: ([picked = []]) => lines("frequency", picked),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: "this driver does not tell",
    },
    {
      id: "npu-memory",
      title: "Memory",
      of: () => "of the machine, in use by the NPU",
      unit: "B",
      min: 0,
      queries: ["npu-memory"],
      lines: ([picked = []]) => lines("in use", picked),
      legend: ["mean", "max", "last"],
      rows: 1,
      absent: "this driver does not tell",
    },
  ];
}

/** Neural processors: how busy, how fast, and whether they rest. */
const Npu: Component = () => {
  const { host } = useApp();
  const feed = useFeed(QUERIES, () => (host.asked() ? host.interval("npu") : undefined));
  const say = createMemo(() =>
    newest(feed.track("npus"))
      .map(({ labels }) => [labels["name"], labels["driver"], labels["device"]].filter(Boolean).join(", "))
      .join("; "),
  );
  const several = createMemo(() => newest(feed.track("npus")).length > 1);
  const specs = charts(() => newest(feed.track("npu-clock-limit"))[0]?.value);
  return (
    <Section id="npu" icon="npu" title="NPU" say={say()}>
      <div class="panels c4">
        <Charts of={specs} feed={feed} />
        <Bands
          id="npu-state"
          title="Power state"
          of="by the kernel"
          feed={feed}
          track={feed.track("npu-state")}
          name={labels => [several() ? labels["id"] : "", labels["state"]].filter(Boolean).join(" ")}
          now={rows => rows.filter(row => row.now).map(({ name }) => name).join(", ")}
          quiet={{ title: "No state", detail: "the kernel has named none" }}
          absent="this driver does not tell"
        />
      </div>
    </Section>
  );
};

export default Npu;
