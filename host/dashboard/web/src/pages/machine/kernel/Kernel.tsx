import { Index, Show, createMemo, type Component } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import { Figure } from "../../../parts/Figure";
import { Meter } from "../../../parts/Meter";
import { Charts } from "../Charts";
import { newest } from "../now";
import { Section } from "../Section";
import { charts, folded, FOLDED, QUERIES } from "./charts";
import { limits } from "./read";

const ROWS = 7;

/** What the kernel has a number of, and how much it has to do. */
const Kernel: Component<{ names: ReadonlySet<string> }> = props => {
  const { host } = useApp();
  const interval = () => (host.asked() ? host.interval() : undefined);
  const feed = useFeed(QUERIES, interval);
  const rows = createMemo(() =>
    limits({
      usage: newest(feed.track("limit-usage")),
      maximum: newest(feed.track("limit-maximum")),
      share: newest(feed.track("limit-share")),
    }),
  );
  const Folded: Component = () => {
    const more = useFeed(FOLDED, interval);
    return (
      <div class="panels c3">
        <Charts of={folded(props.names)} feed={more} />
      </div>
    );
  };
  const hasMore = createMemo(() => folded(props.names).length > 0);
  return (
    <Section id="kernel" icon="kernel" title="Kernel" {...(hasMore() ? { more: () => <Folded /> } : {})}>
      <div class="panels c4">
        <Show when={props.names.has("system_limit_utilization_ratio")}>
          <section class="panel" aria-label="Limits">
            <div class="ph">
              <h3>Limits</h3>
              <span class="more">fullest first</span>
            </div>
            <table class="tbl flat dense">
              <thead>
                <tr>
                  <th scope="col">Of what</th>
                  <th scope="col" class="num">
                    Taken
                  </th>
                  <th scope="col" class="num hide-narrow">
                    There are
                  </th>
                  <th scope="col" class="num">
                    Share
                  </th>
                </tr>
              </thead>
              <tbody>
                <Index each={rows().slice(0, ROWS)}>
                  {row => (
                    <tr>
                      <td class="name" title={row().name}>
                        {row().name}
                      </td>
                      <td class="num">
                        <Figure value={row().usage} unit={row().unit} />
                      </td>
                      <td class="num sec hide-narrow">
                        <Figure value={row().maximum} unit={row().unit} />
                      </td>
                      <td class="num">
                        <span class="cell">
                          <Meter share={row().share ?? 0} severity={(row().share ?? 0) > 0.9 ? "high" : undefined} />
                          <span class="v" classList={{ hot: (row().share ?? 0) > 0.9 }}>
                            <Figure value={row().share} unit="%" />
                          </span>
                        </span>
                      </td>
                    </tr>
                  )}
                </Index>
              </tbody>
            </table>
          </section>
        </Show>
        <Charts of={charts(props.names)} feed={feed} />
      </div>
    </Section>
  );
};

export default Kernel;
