import { Index, Show, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Said } from "../../data/types";
import { Shape } from "../../parts/Icon";
import { exact, moment } from "../../format/time";
import { levelShape, told } from "./words";

/** The last lines of a plugin's log, the newest first. */
export const LogLines: Component<{ lines: readonly Said[] }> = props => {
  const { host } = useApp();
  return (
    <section class="panel">
      <div class="ph">
        <h2>Log</h2>
        <span class="more">
          <Show when={props.lines.length > 0}>newest first</Show>
        </span>
      </div>
      <Show when={props.lines.length > 0} fallback={<p class="sec">It wrote nothing, and nothing was said of it.</p>}>
        <ol class="log">
          <Index each={[...props.lines].reverse()}>
            {line => (
              <li>
                <time class="dim" title={exact(line().time_ms)}>
                  {moment(line().time_ms, host.clock())}
                </time>
                <Shape name={levelShape(line().level)} label={line().level} />
                <span>
                  <span class="dim">{line().level}</span> {told(line().text)}
                </span>
              </li>
            )}
          </Index>
        </ol>
      </Show>
    </section>
  );
};
