import { For, createMemo, type Component, type JSX } from "solid-js";
import { useApp } from "../../app";
import { Chart } from "../../chart/Chart";
import type { Note } from "../../chart/model";
import type { ChartSpec } from "../../chart/spec";
import { useFeed } from "../../chart/useFeed";
import { Icon, type IconName } from "../../parts/Icon";
import { useSay } from "../../shell/Toast";
import { Busiest } from "./Busiest";
import { charts } from "./charts";
import { Facts } from "./Facts";
import { Headline } from "./Headline";
import { Mounts } from "./Mounts";
import { QUERIES } from "./queries";

/** This machine, live: the sentence, the facts, four leading charts, and a section for each kind of thing. */
const Machine: Component = () => {
  const app = useApp();
  const say = useSay();
  const { host } = app;
  // The view waits for what the host says of itself: the interval of its plugin decides how densely to ask.
  const feed = useFeed(QUERIES, () => (host.asked() ? host.interval() : undefined));
  const sections = charts(host.status);

  const notes = createMemo<Note[]>(() =>
    (host.alerts() ?? [])
      .filter(alert => alert.state === "firing" || alert.state === "resolved")
      .map(alert => ({ t: alert.since_ms, severity: alert.severity, label: alert.rule })),
  );
  // Names once, on the leading charts; below them the marks alone are enough.
  const marks = createMemo<Note[]>(() => notes().map(note => ({ ...note, label: "" })));
  const each = (specs: ChartSpec[], of = marks) => (
    <For each={specs}>{spec => <Chart spec={spec} feed={feed} notes={of()} say={say} />}</For>
  );

  return (
    <>
      <Headline />
      <Facts />
      <h2 class="vh">At a glance</h2>
      <div class="panels c4 roomy">{each(sections.lead, notes)}</div>
      <Section id="cpu" icon="cpu" title="CPU" panels="c4">
        {each(sections.cpu)}
      </Section>
      <Section id="memory" icon="memory" title="Memory" panels="c3">
        {each(sections.memory)}
      </Section>
      <Section id="disks" icon="disk" title="Disks" panels="c3">
        <Mounts feed={feed} />
        {each(sections.disk)}
      </Section>
      <Section id="network" icon="network" title="Network" panels="c3">
        {each(sections.network)}
      </Section>
      <Section id="processes" icon="proc" title="Processes" panels="c4">
        <Busiest feed={feed} />
        {each(sections.processes)}
      </Section>
    </>
  );
};

const Section: Component<{ id: string; icon: IconName; title: string; panels: string; children: JSX.Element }> = props => (
  <>
    <div class="sect" id={props.id}>
      <Icon name={props.icon} />
      <h2>{props.title}</h2>
    </div>
    <div class={`panels ${props.panels}`}>{props.children}</div>
  </>
);

export default Machine;
