import { createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import { Charts } from "../Charts";
import { newest } from "../now";
import { Section } from "../Section";
import { charts, CONTAINERS, CONTAINERS_LATELY } from "./charts";
import { useLately } from "./lately";
import { containers, sentence } from "./read";
import { Rows } from "./Rows";

/** Containers of Docker or Podman, in the same order as services. */
const Containers: Component = () => {
  const { host } = useApp();
  const feed = useFeed(CONTAINERS, () => (host.asked() ? host.interval("services") : undefined));
  const restarts = useLately(CONTAINERS_LATELY);
  const rows = createMemo(() =>
    containers({
      up: newest(feed.track("container-up")),
      state: newest(feed.track("container-state")),
      health: newest(feed.track("container-health")),
      info: newest(feed.track("container-info")),
      restarts: newest(restarts.track("container-restarts")),
      cpu: newest(feed.track("container-cpu")),
      memory: newest(feed.track("container-memory")),
    }),
  );
  const engine = createMemo(() => {
    const labels = newest(feed.track("container-engine"))[0]?.labels;
    return [labels?.["engine"], labels?.["version"]].filter(Boolean).join(" ");
  });
  const say = (): string => [sentence(rows(), "container", "containers"), engine()].filter(Boolean).join("; ");
  return (
    <Section id="containers" icon="containers" title="Containers" say={say()}>
      <div class="panels c3 lead-2">
        <Rows
          label="Containers"
          kind="Container"
          rows={rows()}
          track={feed.track("container-up")}
          detail="the engine has no container"
        />
        <Charts of={charts("container", "no container has told it in this range")} feed={feed} />
      </div>
    </Section>
  );
};

export default Containers;
