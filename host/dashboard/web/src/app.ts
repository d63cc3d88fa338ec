/** What every part of the page shares: the host, the address, the range, the theme. */
import { createContext, createMemo, createSignal, useContext, type Accessor } from "solid-js";
import { fade } from "./chart/ink";
import { Api, basePath } from "./data/api";
import { liveness, type Liveness } from "./data/health";
import { Host } from "./data/host";
import { bounds, readRange, writeRange, type Range } from "./data/range";

export const PAGES = ["", "alerts", "rules", "plugins"] as const;
export type Page = (typeof PAGES)[number];

export type Theme = "dark" | "light" | "system";
const THEMES: readonly Theme[] = ["dark", "light", "system"];
const THEME_KEY = "autobot.theme";

export interface App {
  host: Host;
  /** The machine that the page shows, as the label of its series has it; unknown until the host was heard. */
  machine: Accessor<string | undefined>;
  /** The page of the address; undefined when there is no such page. */
  page: Accessor<Page | undefined>;
  params: Accessor<URLSearchParams>;
  href(page: Page, more?: Record<string, string>): string;
  go(page: Page, more?: Record<string, string>): void;
  /** Changes one parameter of the address: in place, or as a step that the browser's Back undoes. */
  setParam(name: string, value: string | undefined, how?: "replace" | "push"): void;
  range: Accessor<Range>;
  setRange(range: Range): void;
  /** Stops or follows the present. */
  togglePause(): void;
  theme: Accessor<Theme>;
  nextTheme(): void;
  /** Grows when colours change, for what is drawn on canvas. */
  paint: Accessor<number>;
  liveness: Accessor<Liveness>;
  /** Age of the newest data in milliseconds. */
  age: Accessor<number | undefined>;
}

const Context = createContext<App>();
export const AppProvider = Context.Provider;

export function useApp(): App {
  const app = useContext(Context);
  if (!app) throw new Error("a part of the page stands outside the page");
  return app;
}

export function createApp(): App {
  const base = basePath(location.pathname);
  const live = new URL(`${base}api/autobot/v1/live`, location.href);
  live.protocol = live.protocol === "https:" ? "wss:" : "ws:";
  const host = new Host(new Api(base), live.href);
  const address = createAddress(base);
  const [theme, nextTheme, paint] = createTheme();
  const age = createMemo(() => {
    const heard = host.heard();
    return heard === undefined ? undefined : Math.max(0, host.clock() - heard);
  });
  return {
    host,
    machine: createMemo(() => host.status()?.machine.name),
    ...address,
    togglePause: () => {
      const { from, to } = bounds(address.range(), host.now());
      address.setRange(
        address.range().kind === "last"
          ? { kind: "fixed", from: Math.round(from), to: Math.round(to) }
          : { kind: "last", span: to - from },
      );
    },
    theme,
    nextTheme,
    paint,
    age,
    liveness: createMemo(() =>
      liveness({
        paused: address.range().kind === "fixed",
        connected: host.connected(),
        answers: host.answers(),
        age: age(),
        interval: host.interval(),
      }),
    ),
  };
}

type Address = Pick<App, "page" | "params" | "href" | "go" | "setParam" | "range" | "setRange">;

function createAddress(base: string): Address {
  const [url, setUrl] = createSignal(new URL(location.href));
  const params = createMemo(() => url().searchParams);
  const range = createMemo(() => readRange(params()), undefined, { equals: (a, b) => JSON.stringify(a) === JSON.stringify(b) });
  const show = (next: URL, replace = false): void => {
    history[replace ? "replaceState" : "pushState"](null, "", next);
    setUrl(next);
  };
  addEventListener("popstate", () => setUrl(new URL(location.href)));
  const href = (page: Page, more: Record<string, string> = {}): string => {
    const search = new URLSearchParams(more);
    writeRange(search, range());
    const query = search.toString();
    return `${base}${page}${query ? `?${query}` : ""}`;
  };
  return {
    page: createMemo(() => PAGES.find(page => url().pathname === base + page)),
    params,
    href,
    go: (page, more) => {
      show(new URL(href(page, more), location.href));
      scrollTo(0, 0);
    },
    setParam: (name, value, how = "replace") => {
      const next = new URL(url());
      if (value === undefined) next.searchParams.delete(name);
      else next.searchParams.set(name, value);
      show(next, how === "replace");
    },
    range,
    setRange: wanted => {
      const next = new URL(url());
      writeRange(next.searchParams, wanted);
      show(next);
    },
  };
}

function createTheme(): [Accessor<Theme>, () => void, Accessor<number>] {
  const stored = (): Theme => {
    try {
      return THEMES.find(theme => theme === localStorage.getItem(THEME_KEY)) ?? "dark";
    } catch {
      return "dark";
    }
  };
  const [theme, setTheme] = createSignal<Theme>(stored());
  const [paint, setPaint] = createSignal(0);
  const apply = (): void => {
    document.documentElement.dataset["theme"] = theme();
    fade();
    setPaint(count => count + 1);
  };
  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  const next = (): void => {
    setTheme(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length] ?? "dark");
    try {
      localStorage.setItem(THEME_KEY, theme());
    } catch {
      // A browser that keeps nothing shows the choice until the page is closed.
    }
    apply();
  };
  return [theme, next, paint];
}
