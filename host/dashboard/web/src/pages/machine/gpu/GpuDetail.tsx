import { For, Index, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import type { Feed } from "../../../data/feed";
import { text } from "../../../format/units";
import { Figure } from "../../../parts/Figure";
import { Bands } from "../Bands";
import { Charts } from "../Charts";
import { NoRows } from "../NoRows";
import { newest } from "../now";
import { ofOne } from "./charts";
import { one } from "./queries";
import { reason, type Device, type Fault } from "./read";

/** All that one GPU tells. */
export const GpuDetail: Component<{
  id: string;
  device: Device | undefined;
  faults: readonly Fault[];
  headroom: number | undefined;
}> = props => {
  const { host } = useApp();
  const feed = useFeed(one(props.id), () => (host.asked() ? host.interval("gpu") : undefined));
  const value = (id: string): number | undefined => newest(feed.track(id))[0]?.value;
  const specs = ofOne({
    memory: () => value("gpu-memory-limit"),
    heat: () => newest(feed.track("gpu-heat-limit")),
    power: () => value("gpu-power-limit"),
  });
  return (
    <>
      <div class="panels c4">
        <Charts of={specs} feed={feed} />
        <Bands
          id="gpu-held"
          title="Held back"
          of="why its clocks are lower"
          feed={feed}
          track={feed.track("gpu-held")}
          name={reason}
          now={rows =>
            rows
              .filter(row => row.now)
              .map(row => row.name)
              .join(", ") || "not now"
          }
          quiet={{ title: "Not held back", detail: "no reason applied in this range" }}
          absent="this GPU does not tell"
        />
      </div>
      <div class="panels c2">
        <Processes feed={feed} />
        <section class="panel" aria-label="The GPU">
          <div class="ph">
            <h3>The GPU</h3>
          </div>
          <dl class="kv small">
            <For
              each={[
                ["name", props.device?.name],
                ["driver", [props.device?.driver, props.device?.cuda && `CUDA ${props.device.cuda}`].filter(Boolean).join(", ")],
                ["bus", props.device?.bus],
                ["PCIe", pcie(value("gpu-pcie-generation"), value("gpu-pcie-width"))],
                ["fan", value("gpu-fan") === undefined ? undefined : text(value("gpu-fan"), "%")],
                ["until it slows down", props.headroom === undefined ? undefined : text(props.headroom, "°C")],
              ]}
            >
              {([name, said]) => (
                <Show when={said}>
                  <dt>{name}</dt>
                  <dd>{said}</dd>
                </Show>
              )}
            </For>
            <Show when={props.faults.length > 0}>
              <dt>faults</dt>
              <dd>
                <Index each={props.faults}>{fault => <div classList={{ hot: fault().trouble }}>{fault().words}</div>}</Index>
              </dd>
            </Show>
          </dl>
        </section>
      </div>
    </>
  );
};

function pcie(generation: number | undefined, width: number | undefined): string | undefined {
  if (generation === undefined) return undefined;
  return width === undefined ? `generation ${generation}` : `generation ${generation}, ${width} lanes`;
}

interface Program {
  name: string;
  memory: number | undefined;
  busy: number | undefined;
}

const ROWS = 8;

/** Who uses it: by name, as processes are counted there. */
const Processes: Component<{ feed: Feed }> = props => {
  const programs = createMemo<Program[]>(() => {
    const busy = newest(props.feed.track("gpu-process-busy"));
    const memory = newest(props.feed.track("gpu-process-memory"));
    const names = [...new Set([...memory, ...busy].map(({ labels }) => labels["process"] ?? ""))];
    const of = (all: typeof busy, name: string) => all.find(({ labels }) => labels["process"] === name)?.value;
    return names
      .map(name => ({ name, memory: of(memory, name), busy: of(busy, name) }))
      .filter(({ memory, busy }) => (memory ?? 0) > 0 || (busy ?? 0) > 0)
      .sort((a, b) => (b.memory ?? 0) - (a.memory ?? 0) || (b.busy ?? 0) - (a.busy ?? 0))
      .slice(0, ROWS);
  });
  return (
    <section class="panel" aria-label="Processes on the GPU">
      <div class="ph">
        <h3>Processes</h3>
        <span class="more">on this GPU</span>
      </div>
      <Show
        when={programs().length > 0}
        fallback={
          <NoRows
            track={props.feed.track("gpu-process-memory")}
            title="None"
            detail="no process uses this GPU, or the driver does not tell"
          />
        }
      >
        <table class="tbl flat dense">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col" class="num">
                Busy
              </th>
              <th scope="col" class="num">
                Memory
              </th>
            </tr>
          </thead>
          <tbody>
            <Index each={programs()}>
              {program => (
                <tr>
                  <td class="name mono">{program().name}</td>
                  <td class="num">
                    <Figure value={program().busy} unit="%" />
                  </td>
                  <td class="num">
                    <Figure value={program().memory} unit="B" />
                  </td>
                </tr>
              )}
            </Index>
          </tbody>
        </table>
      </Show>
    </section>
  );
};
