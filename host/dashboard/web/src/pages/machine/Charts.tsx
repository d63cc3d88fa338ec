import { For, createMemo, type Component } from "solid-js";
import { useApp } from "../../app";
import { Chart } from "../../chart/Chart";
import type { Note } from "../../chart/model";
import type { ChartSpec } from "../../chart/spec";
import type { Feed } from "../../data/feed";
import { useSay } from "../../shell/Toast";

/** Charts of one feed, with the marks of alerts. */
export const Charts: Component<{
  of: readonly ChartSpec[];
  feed: Feed;
  /** The marks have names: once, on the leading charts; below them the marks alone are enough. */
  named?: boolean;
}> = props => {
  const { host } = useApp();
  const say = useSay();
  const notes = createMemo<Note[]>(() =>
    (host.alerts() ?? [])
      .filter(alert => alert.state === "firing" || alert.state === "resolved")
      .map(alert => ({ t: alert.since_ms, severity: alert.severity, label: props.named ? alert.rule : "" })),
  );
  return <For each={props.of}>{spec => <Chart spec={spec} feed={props.feed} notes={notes()} say={say} />}</For>;
};
