/** What has restarted lately: an hour is more than the host's live values hold, so that it is asked for anew now and then. */
import { onCleanup } from "solid-js";
import { useApp } from "../../../app";
import { useFeed } from "../../../chart/useFeed";
import type { Feed, Query } from "../../../data/feed";

const AGAIN_MS = 30_000;

export function useLately(query: Query): Feed {
  const { host } = useApp();
  const feed = useFeed([query], () => (host.asked() ? host.interval("services") : undefined));
  const timer = setInterval(() => document.hidden || void feed.reload(), AGAIN_MS);
  onCleanup(() => clearInterval(timer));
  return feed;
}
