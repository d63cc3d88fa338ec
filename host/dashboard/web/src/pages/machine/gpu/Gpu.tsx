import { Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import { Shape } from "../../../parts/Icon";
import { State } from "../../../parts/State";
import { vars } from "../../../parts/style";
import { Charts } from "../Charts";
import { newest, type Newest } from "../now";
import { Section } from "../Section";
import { ofAll } from "./charts";
import { GpuDetail } from "./GpuDetail";
import { GpuTable } from "./GpuTable";
import { FEW, SEVERAL } from "./queries";
import { devices, faults, missing, of, sentence, type Counts, type Device } from "./read";

/** One GPU has its charts at once. Of several each has a row, and one of them is looked at. */
const Gpu: Component = () => {
  const app = useApp();
  const feed = useFeed(FEW, () => (app.host.asked() ? app.host.interval("gpu") : undefined));
  const all = createMemo<Device[]>(() => devices(newest(feed.track("gpus"))), [], {
    equals: (a, b) => JSON.stringify(a) === JSON.stringify(b),
  });
  /** All that answered within the range. */
  const seen = createMemo<Device[]>(
    () => {
      const track = feed.track("gpus");
      track.version();
      return devices([...track.columns.columns.values()]);
    },
    [],
    { equals: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  );
  const lost = createMemo(() => newest(feed.track("gpus-lost"))[0]?.value ?? 0);
  const gone = createMemo(() => (lost() > 0 ? seen().filter(({ id }) => all().every(device => device.id !== id)) : []));
  const chosen = createMemo(() => all().find(({ id }) => id === app.params().get("gpu")) ?? all()[0]);
  const shown = createMemo(() => chosen()?.id);
  const counts = createMemo<Counts>(() => ({
    errors: newest(feed.track("gpus-errors")),
    remapped: newest(feed.track("gpus-remapped")),
    retired: newest(feed.track("gpus-retired")),
    replays: newest(feed.track("gpus-replays")),
  }));
  const state = feed.track("gpus").state;
  const failure = createMemo(() => {
    const now = state();
    return now.kind === "failed" ? now : undefined;
  });
  return (
    <Section id="gpu" icon="gpu" title={all().length > 1 ? "GPUs" : "GPU"} say={sentence(all())}>
      <Show when={lost() > 0}>
        <div class="banner high" role="status">
          <Shape name="high" label="lost" />
          <span>
            {missing(lost(), gone())}: fallen off the bus, or the driver is stuck. The kernel's log says why (<code>Xid</code>); a
            restart of the machine mostly helps.
          </span>
          <a class="btn mini end" href={app.href("plugins", { plugin: "gpu" })} data-page="plugins" data-plugin="gpu">
            Plugin
          </a>
        </div>
      </Show>
      <Show when={all().length + gone().length > 1}>
        <Several
          all={all()}
          gone={gone()}
          seen={seen()}
          counts={counts()}
          headroom={newest(feed.track("gpus-headroom"))}
          chosen={shown()}
          choose={id => app.setParam("gpu", id)}
        />
        <Show when={chosen()}>
          {device => (
            <div class="sect low">
              <h3>GPU {device().index}</h3>
              <span class="sec">{device().name}</span>
            </div>
          )}
        </Show>
      </Show>
      <Show
        when={shown()}
        keyed
        fallback={
          <Show when={state().kind !== "loading"} fallback={<Loading />}>
            <State
              shape={failure() ? "high" : "unknown"}
              title={failure()?.message ?? "No GPU answers"}
              action={failure() ? { label: "Retry", run: () => void feed.reload() } : undefined}
              detail={
                failure()
                  ? failure()?.help
                  : lost() > 0
                    ? "nothing is measured until one does"
                    : "none has told anything in the newest samples"
              }
            />
          </Show>
        }
      >
        {id => (
          <GpuDetail
            device={all().find(device => device.id === id)}
            id={id}
            faults={faults(counts(), id)}
            headroom={of(newest(feed.track("gpus-headroom")), id)}
          />
        )}
      </Show>
    </Section>
  );
};

/** In the size of one GPU's charts. */
const Loading: Component = () => (
  <div class="panels c4" role="img" aria-label="loading">
    {Array.from({ length: 8 }, () => (
      <div class="cc">
        <div class="ch" />
        <div class="plot skel-plot" />
        <div class="skel-lg" ref={vars(() => ({ "--rows": 3 }))} />
      </div>
    ))}
  </div>
);

/** A row for each GPU, and charts of them all. */
const Several: Component<{
  all: readonly Device[];
  /** Those that were there and do not answer now. */
  gone: readonly Device[];
  /** All that answered within the range. */
  seen: readonly Device[];
  counts: Counts;
  headroom: readonly Newest[];
  chosen: string | undefined;
  choose: (id: string) => void;
}> = props => {
  const { host } = useApp();
  const feed = useFeed(SEVERAL, () => (host.asked() ? host.interval("gpu") : undefined));
  const limit = createMemo(() => {
    const limits = newest(feed.track("gpus-power-limit"));
    // Without one's limit the sum of the others says nothing.
    return limits.length === props.all.length ? limits.reduce((sum, { value }) => sum + value, 0) : undefined;
  });
  return (
    <>
      <GpuTable {...props} feed={feed} />
      <div class="panels c3">
        <Charts of={ofAll(() => props.seen, limit)} feed={feed} />
      </div>
    </>
  );
};

export default Gpu;
