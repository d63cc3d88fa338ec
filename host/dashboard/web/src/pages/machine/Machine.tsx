import { Show, Suspense, createMemo, lazy, type Component, type JSX } from "solid-js";
import { useApp } from "../../app";
import { useFeed } from "../../chart/useFeed";
import { Busiest } from "./Busiest";
import { charts } from "./charts";
import { folded, FOLDED } from "./charts/network-more";
import { Charts } from "./Charts";
import { Facts } from "./Facts";
import { Headline } from "./Headline";
import { Mounts } from "./Mounts";
import { kinds, usePresent, type Kind } from "./present";
import { QUERIES } from "./queries";
import { Section } from "./Section";

// Most machines have few of these: each is fetched, and asks the host, only where there is something of it.
const Gpu = lazy(() => import("./gpu/Gpu"));
const Npu = lazy(() => import("./npu/Npu"));
const Services = lazy(() => import("./services/Services"));
const Containers = lazy(() => import("./services/Containers"));
const Groups = lazy(() => import("./groups/Groups"));
const Heat = lazy(() => import("./heat/Heat"));
const Battery = lazy(() => import("./heat/Battery"));
const Kernel = lazy(() => import("./kernel/Kernel"));

const NONE: ReadonlySet<string> = new Set();

/** This machine, live: the sentence, the facts, four leading charts, and a section for each kind of thing that it has. */
const Machine: Component = () => {
  const app = useApp();
  const { host } = app;
  // The view waits for what the host says of itself: the interval of its plugin decides how densely to ask.
  const interval = () => (host.asked() ? host.interval() : undefined);
  const feed = useFeed(QUERIES, interval);
  const sections = charts(host.status);
  const names = usePresent();
  const known = createMemo(() => names() ?? NONE);
  const present = createMemo(() => kinds(known()));
  const has = (kind: Kind): boolean => present().has(kind);
  const moreOfNetwork = createMemo(() => folded(known()).length > 0);
  const NetworkMore: Component = () => {
    const more = useFeed(FOLDED, interval);
    return (
      <div class="panels c4">
        <Charts of={folded(known())} feed={more} />
      </div>
    );
  };

  return (
    <>
      <Headline />
      <Facts />
      <h2 class="vh">At a glance</h2>
      <div class="panels c4 roomy">
        <Charts of={sections.lead} feed={feed} named />
      </div>
      <Part when={has("gpu")}>
        <Gpu />
      </Part>
      <Part when={has("npu")}>
        <Npu />
      </Part>
      <Section id="cpu" icon="cpu" title="CPU">
        <div class="panels c4">
          <Charts of={sections.cpu} feed={feed} />
        </div>
      </Section>
      <Section id="memory" icon="memory" title="Memory">
        <div class="panels c3">
          <Charts of={sections.memory} feed={feed} />
        </div>
      </Section>
      <Section id="disks" icon="disk" title="Disks">
        <div class="panels c3">
          <Mounts feed={feed} />
          <Charts of={sections.disk} feed={feed} />
        </div>
      </Section>
      <Section id="network" icon="network" title="Network" {...(moreOfNetwork() ? { more: () => <NetworkMore /> } : {})}>
        <div class="panels c4">
          <Charts of={sections.network} feed={feed} />
        </div>
      </Section>
      <Section id="processes" icon="proc" title="Processes">
        <div class="panels c4">
          <Busiest feed={feed} />
          <Charts of={sections.processes} feed={feed} />
        </div>
      </Section>
      <Part when={has("units")}>
        <Services />
      </Part>
      <Part when={has("containers")}>
        <Containers />
      </Part>
      <Part when={has("groups")}>
        <Groups />
      </Part>
      <Part when={has("heat")}>
        <Heat names={known()} />
      </Part>
      <Part when={has("battery")}>
        <Battery />
      </Part>
      <Part when={has("kernel")}>
        <Kernel names={known()} />
      </Part>
    </>
  );
};

/** Its code comes by itself: the page does not wait for it. */
const Part: Component<{ when: boolean; children: JSX.Element }> = props => (
  <Show when={props.when}>
    <Suspense>{props.children}</Suspense>
  </Show>
);

export default Machine;
