import { For, Show, type Component } from "solid-js";
import { useApp } from "../../app";
import type { Alert, AlertState } from "../../data/types";
import { Shape, type ShapeName } from "../../parts/Icon";
import { duration } from "../../format/units";

export interface Section {
  state: AlertState;
  label: string;
  alerts: Alert[];
}

/** The silhouette of an alert: its severity while it fires, its state otherwise. */
export function shapeOf(alert: Alert): ShapeName {
  if (alert.state === "firing") return alert.severity;
  return alert.state === "resolved" ? "ok" : "unknown";
}

export const STATE_WORDS: Readonly<Record<AlertState, string>> = {
  firing: "firing",
  pending: "pending",
  resolved: "resolved",
  no_data: "no data",
};

/** One alert after the other, by state; the state is a heading where it is not firing. */
export const AlertList: Component<{ sections: Section[]; selected: string }> = props => {
  const app = useApp();
  const age = (alert: Alert): string => {
    const now = app.host.clock();
    return alert.state === "resolved" ? `${duration(now - (alert.resolved_ms ?? now))} ago` : duration(now - alert.since_ms);
  };
  const choose = (event: MouseEvent, alert: Alert): void => {
    event.preventDefault();
    app.setParam("alert", alert.id);
    // Where the detail stands below the list, it is brought into sight.
    const detail = document.getElementById("alert");
    if (detail && detail.getBoundingClientRect().top > innerHeight / 2) detail.scrollIntoView({ block: "start" });
  };
  return (
    <div class="alert-list">
      <For each={props.sections}>
        {section => (
          <>
            <Show when={section.state !== "firing"}>
              <div class="sect low">
                <span>{section.label}</span>
                <span class="end dim">{section.alerts.length}</span>
              </div>
            </Show>
            <ul class="items">
              <For each={section.alerts}>
                {alert => (
                  <li classList={{ sel: alert.id === props.selected }}>
                    <a
                      data-row
                      href={app.href("alerts", { alert: alert.id })}
                      onClick={event => choose(event, alert)}
                      aria-current={alert.id === props.selected ? "true" : undefined}
                    >
                      <div class="t">
                        <Shape
                          name={shapeOf(alert)}
                          label={alert.state === "firing" ? alert.severity : STATE_WORDS[alert.state]}
                        />
                        <span class="trunc" classList={{ strong: alert.state === "firing", sec: alert.state === "resolved" }}>
                          {alert.summary}
                        </span>
                        <span class="age">{age(alert)}</span>
                      </div>
                      <div class="d dim trunc">{alert.rule}</div>
                    </a>
                  </li>
                )}
              </For>
            </ul>
          </>
        )}
      </For>
    </div>
  );
};
