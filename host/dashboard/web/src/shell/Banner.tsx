import { Match, Switch, createMemo, type Component } from "solid-js";
import { useApp } from "../app";
import { moment } from "../format/time";
import { duration } from "../format/units";
import { Icon, Shape } from "../parts/Icon";

/** Says when the page is not live: since when, what it does instead, when it tries again. */
export const Banner: Component = () => {
  const app = useApp();
  const { host } = app;
  const wait = createMemo(() => Math.max(0, host.retryAt() - host.clock()));
  const again = (): string => (wait() < 1000 ? "trying again now" : `trying again in ${duration(wait())}`);
  const never = (): boolean => host.status() === undefined && host.heard() === undefined;
  return (
    <Switch>
      <Match when={app.liveness() === "lost" || (app.liveness() === "paused" && host.answers() === false)}>
        <div class="banner critical" role="alert">
          <Shape name="critical" label="lost" />
          <span>
            <b>
              {never()
                ? "The host does not answer"
                : `The host does not answer since ${moment(host.lostSince() ?? host.clock(), host.clock())}`}
            </b>
            <span class="sec">
              {" "}
              {never() ? "" : `(${duration(host.clock() - (host.lostSince() ?? host.clock()))}); what you see is from then; `}
              {again()}.
            </span>
          </span>
          <button type="button" class="btn mini end" onClick={() => host.retry()}>
            Try now
          </button>
        </div>
      </Match>
      <Match when={!host.connected() && host.answers() === true && host.retryAt() > 0}>
        <div class="banner" role="status">
          <Icon name="clock" class="sec" />
          <span>
            <b>Live connection lost</b>; asking every 5 s instead, {again()}.
          </span>
          <button type="button" class="btn mini end" onClick={() => host.retry()}>
            Try now
          </button>
        </div>
      </Match>
    </Switch>
  );
};
