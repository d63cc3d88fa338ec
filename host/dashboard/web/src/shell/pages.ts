/** The pages that there are, as navigation, palette and keys name them. */
import type { Page } from "../app";
import type { IconName } from "../parts/Icon";

export interface PageEntry {
  page: Page;
  title: string;
  icon: IconName;
  /** After `g`. */
  key: string;
  group: string;
}

export const ENTRIES: readonly PageEntry[] = [
  { page: "", title: "This machine", icon: "machine", key: "m", group: "" },
  { page: "alerts", title: "Alerts", icon: "alerts", key: "a", group: "Act" },
  { page: "rules", title: "Rules", icon: "rules", key: "r", group: "Act" },
  { page: "plugins", title: "Plugins", icon: "plugins", key: "p", group: "Host" },
];
