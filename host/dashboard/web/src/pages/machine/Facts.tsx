import { Index, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../app";
import { Beats } from "../../parts/Beats";
import { exact } from "../../format/time";
import { duration, text } from "../../format/units";
import { beats } from "./beats";

interface Fact {
  name: string;
  value: string;
  hover?: string;
}

/** What the machine is and how long it has been up, and what the host itself costs it. */
export const Facts: Component = () => {
  const { host } = useApp();
  const facts = createMemo<Fact[]>(() => {
    const status = host.status();
    if (!status) return [];
    const { machine, own } = status;
    return [
      { name: "system", value: machine.os.replace(/ \([^)]*\)$/, "") },
      { name: "kernel", value: machine.kernel },
      { name: "processors", value: String(machine.processors) },
      { name: "memory", value: text(machine.memory_bytes, "B") },
      { name: "up", value: duration(host.clock() - machine.boot_ms), hover: `since ${exact(machine.boot_ms)}` },
      {
        name: "host",
        value: `${status.version}, up ${duration(host.clock() - status.started_ms)}`,
        hover: `since ${exact(status.started_ms)}`,
      },
      {
        name: "costs",
        value: `${text(own.cpu_ratio, "%")} CPU, ${text(own.resident_bytes, "B")}`,
        hover: "of one processor, and resident memory, of the host itself",
      },
    ].filter(fact => fact.value !== "");
  });
  const half = createMemo(() => beats(host.alerts() ?? [], host.status()?.started_ms ?? 0, host.clock()));
  const trouble = createMemo(() => half().filter(beat => beat !== "fine" && beat !== "unknown").length);
  return (
    <div class="bar facts small sec">
      <Show when={facts().length > 0} fallback={<span class="skel w3" />}>
        <Index each={facts()}>
          {fact => (
            <span title={fact().hover}>
              <span class="dim">{fact().name}</span> {fact().value}
            </span>
          )}
        </Index>
        <span class="end row hide-phone">
          <span class="dim">30 min</span>
          <Beats
            beats={half()}
            label={trouble() ? `alerts fired in ${trouble()} of the last 30 minutes` : "no alert in the last 30 minutes"}
          />
        </span>
      </Show>
    </div>
  );
};
