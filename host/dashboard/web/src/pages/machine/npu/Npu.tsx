import { createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import { Bands } from "../Bands";
import { Charts } from "../Charts";
import { newest } from "../now";
import { Section } from "../Section";
import { charts, QUERIES } from "./charts";

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
          now={rows =>
            rows
              .filter(row => row.now)
              .map(({ name }) => name)
              .join(", ")
          }
          quiet={{ title: "No state", detail: "the kernel has named none" }}
          absent="this driver does not tell"
        />
      </div>
    </Section>
  );
};

export default Npu;
