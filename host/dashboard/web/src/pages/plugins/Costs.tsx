import { For, type Component } from "solid-js";
import { Chart } from "../../chart/Chart";
import { useFeed } from "../../chart/useFeed";
import { useSay } from "../../shell/Toast";
import { CHARTS, OWN_INTERVAL_MS, QUERIES } from "./charts";

/** What plugins cost over time. */
export const Costs: Component = () => {
  const say = useSay();
  const feed = useFeed(QUERIES, () => OWN_INTERVAL_MS);
  return (
    <div class="panels c3 costs">
      <For each={CHARTS}>{spec => <Chart spec={spec} feed={feed} notes={[]} say={say} />}</For>
    </div>
  );
};
