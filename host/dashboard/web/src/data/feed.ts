/** The data of one page: history by range queries, live values appended, both under the same names. */
import { batch, createSignal, type Accessor } from "solid-js";
import { ApiError, type Api } from "./api";
import { Columns } from "./columns";
import type { Tick } from "./frames";
import { bounds, type Range } from "./range";
import { liveWindows, type Windows } from "./step";

/** A query with a name; its text depends on how densely the page asks. */
export interface Query {
  id: string;
  text: (windows: Windows) => string;
  /** Only what is there now is shown, in a table: of the past no more than a few steps are asked for and kept. */
  newest?: true;
  /** It looks further back than the host's memory of live values: it is asked for anew with `reload`, and not live. */
  past?: true;
}

export type TrackState = { kind: "loading" } | { kind: "ready" } | { kind: "failed"; message: string; help: string | undefined };

/** What one query has brought so far. `version` grows whenever `columns` changes. */
export interface Track {
  readonly id: string;
  text: string;
  columns: Columns;
  readonly version: Accessor<number>;
  readonly state: Accessor<TrackState>;
}

interface OwnTrack extends Track {
  bump: () => void;
  setState: (state: TrackState) => void;
}

/** The view that is shown, and with it all that a query's text and answer depend on. */
export interface View {
  range: Range;
  windows: Windows;
}

/** Queries under way at once: a browser opens six connections to a host, and one must stay free. */
const PARALLEL = 4;
/** Points kept of a query that only says what is there now. */
const NEWEST_POINTS = 4;
/** Ticks that arrive while history is on its way. */
const MOST_WAITING = 64;

export class Feed {
  readonly #tracks = new Map<string, OwnTrack>();
  readonly #view: Accessor<View | undefined>;
  readonly #setView: (view: View) => void;
  readonly #edge: Accessor<number>;
  readonly #setEdge: (t: number) => void;
  #waiting: Tick[] = [];
  #load: AbortController | undefined;

  constructor(
    private readonly api: Pick<Api, "range">,
    readonly queries: readonly Query[],
    private readonly now: () => number,
  ) {
    [this.#view, this.#setView] = createSignal<View | undefined>(undefined);
    [this.#edge, this.#setEdge] = createSignal(0);
    for (const { id } of queries) this.#tracks.set(id, newTrack(id));
  }

  /** The view of the data that is held, which may trail behind the one asked for while that is loading. */
  get view(): Accessor<View | undefined> {
    return this.#view;
  }

  /** The newest moment that data is known of. */
  get edge(): Accessor<number> {
    return this.#edge;
  }

  track(id: string): Track {
    const track = this.#tracks.get(id);
    if (!track) throw new Error(`the page asks for the query \`${id}\`, which it does not declare`);
    return track;
  }

  /** Query texts for a view, as the live connection subscribes to them. */
  subscriptions(windows: Windows): { id: string; query: string }[] {
    const live = liveWindows(windows);
    return this.queries.filter(query => !query.past).map(query => ({ id: query.id, query: query.text(live) }));
  }

  /** Loads history for a view. What is shown stays until its replacement is there. */
  async show(view: View): Promise<void> {
    this.#load?.abort();
    const load = (this.#load = new AbortController());
    this.#waiting = [];
    const { from, to } = bounds(view.range, this.now());
    const columns = new Map<string, Columns>();
    const failures = new Map<string, ApiError>();
    const rest = [...this.queries];
    const worker = async (): Promise<void> => {
      for (let query = rest.shift(); query && !load.signal.aborted; query = rest.shift()) {
        const loaded = new Columns(view.windows.step);
        try {
          const start = query.newest ? newestFrom(from, to, view) : from;
          loaded.replace(await this.api.range(query.text(view.windows), start, to, view.windows.step, load.signal));
          columns.set(query.id, loaded);
        } catch (error) {
          if (load.signal.aborted) return;
          failures.set(query.id, error instanceof ApiError ? error : new ApiError(String(error), undefined, 0));
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    if (load.signal.aborted) return;
    this.#load = undefined;
    batch(() => this.#take(view, columns, failures));
  }

  #take(view: View, loaded: Map<string, Columns>, failures: Map<string, ApiError>): void {
    this.#setView(view);
    for (const query of this.queries) {
      const track = this.#tracks.get(query.id);
      if (!track) continue;
      const columns = loaded.get(query.id);
      const failure = failures.get(query.id);
      if (columns) {
        track.columns = columns;
        track.text = query.text(view.windows);
        track.setState({ kind: "ready" });
      } else if (failure && (failure.status !== 0 || track.columns.times.length === 0)) {
        // A host that does not answer takes nothing off the page: that is told once, above all charts.
        track.setState({ kind: "failed", message: failure.message, help: failure.help });
      }
      track.bump();
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tick of waiting) this.#append(tick, view);
    this.#setEdge(Math.max(...[...this.#tracks.values()].map(track => lastValueTime(track.columns)), 0));
  }

  /** Loads the same view again, after frames were lost or a connection was. */
  async reload(): Promise<void> {
    const view = this.#view();
    if (view && !this.#load) await this.show(view);
  }

  tick(tick: Tick): void {
    const view = this.#view();
    if (this.#load) {
      this.#waiting.push(tick);
      if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
      return;
    }
    if (!view || view.range.kind === "fixed") return;
    const { step } = view.windows;
    const begins = Math.floor(tick.t / step) > Math.floor(this.#edge() / step);
    batch(() => this.#append(tick, view));
    if (begins && step > liveWindows(view.windows).step) void this.reload();
  }

  #append(tick: Tick, view: View): void {
    if (view.range.kind === "fixed") return;
    const pause = 2.5 * Math.max(view.windows.step, view.windows.interval);
    const { from } = bounds(view.range, tick.t);
    for (const { id, newest } of this.queries) {
      const [track, values] = [this.#tracks.get(id), tick.values.get(id)];
      if (!track || !values) continue;
      track.columns.append(tick.t, values, pause);
      track.columns.trim(newest ? newestFrom(from, tick.t, view) : from);
      track.bump();
    }
    this.#setEdge(Math.max(this.#edge(), tick.t));
  }

  /** One subscription was refused; the others go on. */
  refuse(id: string, message: string): void {
    this.#tracks.get(id)?.setState({ kind: "failed", message, help: undefined });
  }

  close(): void {
    this.#load?.abort();
  }
}

/** The first moment that is of interest where only the newest is. */
function newestFrom(from: number, to: number, { windows }: View): number {
  return Math.max(from, to - NEWEST_POINTS * windows.step);
}

function newTrack(id: string): OwnTrack {
  const [version, setVersion] = createSignal(0);
  const [state, setState] = createSignal<TrackState>({ kind: "loading" });
  return { id, text: "", columns: new Columns(1000), version, state, bump: () => setVersion(v => v + 1), setState };
}

/** The last moment at which any series has a value: a grid of nothing says nothing. */
function lastValueTime(columns: Columns): number {
  let last = -1;
  for (const { values } of columns.columns.values()) {
    last = Math.max(
      last,
      values.findLastIndex(value => value !== null),
    );
  }
  return columns.times[last] ?? 0;
}
