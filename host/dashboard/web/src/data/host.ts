/** The host as the page knows it: its documents, its clock, and the state of the connection to it. */
import { batch, createSignal, untrack } from "solid-js";
import { ApiError, type Api } from "./api";
import type { Tick } from "./frames";
import { LiveSocket, type Subscription } from "./socket";
import { selector } from "./step";
import type { Alert, LiveFrame, Plugin, Rules, Status } from "./types";

/** Asked for on every page: without a subscription there would be no tick, and so no age of the data. */
const PULSE = "system_uptime_seconds";
const STATUS_MS = 5000;
const POLL_MS = 5000;
/** How often a host that is gone is asked whether it is back. */
const LOST_MS = 2000;

export interface Listener {
  tick(tick: Tick): void;
  /** Frames or the connection were lost: load again. */
  stale(): void;
  refused(id: string, message: string): void;
}

export class Host {
  readonly #status = createSignal<Status>();
  readonly #alerts = createSignal<Alert[]>();
  readonly #rules = createSignal<Rules>();
  readonly #plugins = createSignal<Plugin[]>();
  readonly #pluginsFailure = createSignal<ApiError>();
  readonly #connected = createSignal(false);
  readonly #answers = createSignal<boolean>();
  readonly #retryAt = createSignal(0);
  readonly #heard = createSignal<number>();
  readonly #lostSince = createSignal<number>();
  readonly #clock = createSignal(Date.now());
  readonly #asked = createSignal(false);
  /** The host's clock less the browser's. */
  #offset = 0;
  #asking = false;
  /** Why the host's status was refused or did not come. */
  #refusal: ApiError | undefined;
  readonly #listeners = new Set<Listener>();
  /** What each part of the page has subscribed to, by whoever did. */
  readonly #wanted = new Map<object, Subscription[]>();
  #telling = false;
  readonly #socket: LiveSocket;

  readonly status = this.#status[0];
  readonly alerts = this.#alerts[0];
  readonly rules = this.#rules[0];
  readonly plugins = this.#plugins[0];
  /** Why the plugins could not be had when they were last asked for. */
  readonly pluginsFailure = this.#pluginsFailure[0];
  readonly connected = this.#connected[0];
  readonly answers = this.#answers[0];
  /** When the next attempt to connect is made, by the host's clock. */
  readonly retryAt = this.#retryAt[0];
  /** The moment of the newest data, by the host's clock. */
  readonly heard = this.#heard[0];
  /** Since when nobody answers, by the host's clock. */
  readonly lostSince = this.#lostSince[0];
  /** Whether every document was asked for once, with or without success. */
  readonly asked = this.#asked[0];
  /** The host's time, a new value each second. */
  readonly clock = this.#clock[0];

  constructor(
    readonly api: Api,
    liveUrl: string,
  ) {
    this.#socket = new LiveSocket(liveUrl, {
      read: read => this.#read(read),
      opened: () => this.#opened(),
      closed: retryAt => this.#closed(retryAt),
    });
  }

  start(): void {
    this.#socket.open();
    this.#tell();
    void this.refresh();
    setInterval(() => this.#clock[1](this.now()), 1000);
    setInterval(() => void this.#ask(), STATUS_MS);
    setInterval(() => this.#poll(), POLL_MS);
    setInterval(() => {
      if (this.answers() === false) void this.#ask();
    }, LOST_MS);
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      this.#clock[1](this.now());
      // After a sleep the connection may be dead without knowing, and the charts miss what came meanwhile.
      const age = this.now() - (this.heard() ?? 0);
      if (age > 2 * POLL_MS) this.retry();
    });
  }

  now(): number {
    return Date.now() + this.#offset;
  }

  /** Collection interval of what a plugin measures, in milliseconds. */
  interval(plugin = "system"): number {
    const found = this.plugins()?.find(({ name }) => name === plugin);
    return Math.max(100, found?.interval_ms || this.status()?.default_interval_ms || 5000);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replaces what `owner` is subscribed to. The names are told apart over the whole page. */
  subscribe(owner: object, subscriptions: Subscription[]): void {
    if (subscriptions.length > 0) this.#wanted.set(owner, subscriptions);
    else this.#wanted.delete(owner);
    this.#tell();
  }

  /** Parts that come and go together are one change to the host. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      const pulse = { id: "pulse", query: selector(PULSE, untrack(this.status)?.machine.name) };
      this.#socket.subscribe([pulse, ...[...this.#wanted.values()].flat()]);
    });
  }

  /** Connects at once instead of waiting for the next attempt. */
  retry(): void {
    this.#socket.open();
    void this.refresh();
    this.#stale();
  }

  /** Asks for every document again and again: the live connection tells changes, not that nothing changed. */
  keepFresh(): () => void {
    const timer = setInterval(() => {
      if (!document.hidden && this.connected()) void this.refresh();
    }, POLL_MS);
    return () => clearInterval(timer);
  }

  /** Asks for every document. */
  async refresh(): Promise<void> {
    await this.#ask();
    if (this.answers() !== true) {
      this.#pluginsFailure[1](this.#refusal);
      return;
    }
    const [alerts, rules, plugins] = await Promise.allSettled([this.api.alerts(), this.api.rules(), this.api.plugins()]);
    batch(() => {
      if (alerts.status === "fulfilled") this.#alerts[1](alerts.value);
      if (rules.status === "fulfilled") this.#rules[1](rules.value);
      if (plugins.status === "fulfilled") this.#plugins[1](plugins.value);
      this.#pluginsFailure[1](plugins.status === "rejected" ? failureOf(plugins.reason) : undefined);
      this.#asked[1](true);
    });
  }

  /** A plugin as the host just answered: seen at once, not only with the next document. */
  pluginIs(plugin: Plugin): void {
    const others = (this.plugins() ?? []).filter(({ name }) => name !== plugin.name);
    this.#plugins[1]([...others, plugin].sort((a, b) => a.name.localeCompare(b.name)));
  }

  pluginIsGone(name: string): void {
    this.#plugins[1](this.plugins()?.filter(plugin => plugin.name !== name));
  }

  async #ask(): Promise<void> {
    if (this.#asking || document.hidden) return;
    this.#asking = true;
    const asked = Date.now();
    try {
      const status = await this.api.status();
      this.#offset = status.now_ms - (asked + Date.now()) / 2;
      const back = this.answers() === false;
      this.#refusal = undefined;
      batch(() => {
        this.#status[1](status);
        this.#answers[1](true);
        this.#lostSince[1](undefined);
      });
      // The pulse is this machine's, whose name is only known now.
      this.#tell();
      // It is there again: no reason to wait for the next attempt.
      if (back && !this.connected()) this.#socket.open();
    } catch (error) {
      this.#refusal = failureOf(error);
      batch(() => {
        this.#answers[1](false);
        if (this.lostSince() === undefined) this.#lostSince[1](this.heard() ?? this.now());
      });
    } finally {
      this.#asking = false;
    }
  }

  /** Without the live connection the page asks instead. */
  #poll(): void {
    if (this.connected() || document.hidden) return;
    void this.refresh().then(() => {
      if (this.answers()) this.#stale();
    });
  }

  #stale(): void {
    for (const listener of this.#listeners) listener.stale();
  }

  #opened(): void {
    const again = this.heard() !== undefined;
    this.#connected[1](true);
    if (again) {
      void this.refresh();
      this.#stale();
    }
  }

  #closed(retryAt: number): void {
    const was = this.connected();
    batch(() => {
      this.#connected[1](false);
      this.#retryAt[1](retryAt + this.#offset);
    });
    if (was) void this.#ask();
  }

  #read(read: Parameters<LiveSocket["events"]["read"]>[0]): void {
    if (read.kind === "frame") this.#frame(read.frame);
    else if (read.kind === "tick") this.#tick(read.tick);
    else if (read.kind === "lost") {
      if (read.then) this.#read(read.then);
      this.#stale();
    }
  }

  #tick(tick: Tick): void {
    batch(() => {
      this.#heard[1](tick.t);
      for (const listener of this.#listeners) listener.tick(tick);
    });
  }

  /** Polled history brought data of this moment. */
  seen(t: number): void {
    if (t > (this.heard() ?? 0)) this.#heard[1](t);
  }

  #frame(frame: LiveFrame): void {
    switch (frame.type) {
      case "hello":
        this.#offset = frame.now_ms - Date.now();
        this.#clock[1](this.now());
        break;
      case "alerts":
        this.#alerts[1](frame.alerts);
        break;
      case "rules":
        this.#rules[1](frame);
        break;
      case "plugins":
        this.#plugins[1](frame.plugins);
        break;
      case "error":
        // Without a subscription it is about a frame of this page's, which no chart waits for.
        if (frame.id === null) break;
        for (const listener of this.#listeners) listener.refused(frame.id, frame.error);
        break;
    }
  }
}

function failureOf(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(String(error), undefined, 0);
}
