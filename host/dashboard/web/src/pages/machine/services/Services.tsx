import { createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import { Charts } from "../Charts";
import { newest } from "../now";
import { Section } from "../Section";
import { charts, SERVICES, SERVICES_LATELY } from "./charts";
import { useLately } from "./lately";
import { sentence, units } from "./read";
import { Rows } from "./Rows";

/** Units of systemd: those that failed, those that were restarted lately, and what each uses. */
const Services: Component = () => {
  const { host } = useApp();
  const feed = useFeed(SERVICES, () => (host.asked() ? host.interval("services") : undefined));
  const restarts = useLately(SERVICES_LATELY);
  const rows = createMemo(() =>
    units({
      up: newest(feed.track("service-up")),
      state: newest(feed.track("service-state")),
      failed: newest(feed.track("service-failed")),
      restarts: newest(restarts.track("service-restarts")),
      cpu: newest(feed.track("service-cpu")),
      memory: newest(feed.track("service-memory")),
    }),
  );
  const system = createMemo(() => {
    const state = newest(feed.track("service-system")).find(({ value }) => value > 0)?.labels["state"];
    return state === undefined || state === "running" ? "" : `; systemd says ${state}`;
  });
  return (
    <Section id="services" icon="services" title="Services" say={sentence(rows(), "service", "services") + system()}>
      <div class="panels c3 lead-2">
        <Rows
          label="Services"
          kind="Service"
          rows={rows()}
          track={feed.track("service-up")}
          detail="systemd has told of no service yet"
        />
        <Charts of={charts("service", "no service has told it in this range")} feed={feed} />
      </div>
    </Section>
  );
};

export default Services;
