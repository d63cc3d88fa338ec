/** The data of a page's charts for as long as the page is shown: history for its range, and live values. */
import { createEffect, createMemo, onCleanup, untrack } from "solid-js";
import { useApp } from "../app";
import { Feed, type Query } from "../data/feed";
import { span } from "../data/range";
import { chooseStep, type Windows } from "../data/step";

/** `interval` is how often what is asked for is measured, in milliseconds; nothing is asked before it is known. */
export function useFeed(queries: readonly Query[], interval: () => number | undefined): Feed {
  const app = useApp();
  const { host } = app;
  const feed = new Feed(host.api, queries, () => host.now());
  const every = createMemo(interval);
  const windows = createMemo<Windows | undefined>(
    () => {
      const known = every();
      if (known === undefined) return undefined;
      return { interval: known, step: chooseStep(span(app.range()), known, innerWidth), machine: app.machine() };
    },
    undefined,
    { equals: (a, b) => a?.interval === b?.interval && a?.step === b?.step && a?.machine === b?.machine },
  );

  createEffect(() => {
    const [range, current] = [app.range(), windows()];
    if (!current) return;
    host.subscribe(feed, range.kind === "last" ? feed.subscriptions(current) : []);
    untrack(() => void feed.show({ range, windows: current }));
  });
  createEffect(() => host.seen(feed.edge()));
  onCleanup(
    host.listen({
      tick: tick => feed.tick(tick),
      stale: () => void feed.reload(),
      refused: (id, message) => feed.refuse(id, message),
    }),
  );
  onCleanup(() => {
    host.subscribe(feed, []);
    feed.close();
  });
  return feed;
}
