/** The host's HTTP API, as functions. Answers are checked as far as the page depends on them; nothing is drawn here. */
import type { paths } from "../api/schema";
import type { Alert, GrantBody, Inspection, Labels, Plugin, RangeResult, Rules, Status, Trial } from "./types";

/** The folder of the page, with a slash at its end: the dashboard may live under a path of a proxy. */
export function basePath(pathname: string): string {
  return pathname.slice(0, pathname.lastIndexOf("/") + 1);
}

/** What the host said when it refused, or that nobody answered. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly help: string | undefined,
    /** 0 when there was no answer at all. */
    readonly status: number,
  ) {
    super(message);
  }
}

/** How long an answer may take before the host counts as gone. */
const PATIENCE_MS = 15_000;
/** The same where the host compiles a plugin first. */
const COMPILE_PATIENCE_MS = 60_000;

/** What is done to a plugin instance without saying more. */
export type PluginVerb = "enable" | "disable" | "restart" | "rollback";

const API = "/api/autobot/v1";
const PLUGIN = `${API}/plugins/{name}` as const;

type Method = "get" | "put" | "post" | "delete";
/** Paths of the host's description that are asked by this method. */
type PathOf<M extends Method> = { [P in keyof paths]: paths[P][M] extends object ? P : never }[keyof paths];
/** What such a request answers with when it succeeds. */
type Answer<P extends keyof paths, M extends Method> = paths[P][M] extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

/** One request of the host's description. */
interface Asked<M extends Method, P extends PathOf<M>> {
  method: M;
  path: P;
  /** In the place of `{name}`. */
  name?: string;
  parameters?: Record<string, string>;
  body?: RequestInit;
  signal?: AbortSignal | undefined;
  patience?: number;
}

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export class Api {
  constructor(
    private readonly base: string,
    private readonly fetch: Fetch = (input, init) => globalThis.fetch(input, init),
  ) {}

  status(): Promise<Status> {
    return this.#ask({ method: "get", path: `${API}/status` });
  }
  async alerts(): Promise<Alert[]> {
    return (await this.#ask({ method: "get", path: `${API}/alerts` })).alerts;
  }
  rules(): Promise<Rules> {
    return this.#ask({ method: "get", path: `${API}/rules` });
  }
  async plugins(): Promise<Plugin[]> {
    return (await this.#ask({ method: "get", path: `${API}/plugins` })).plugins;
  }

  /** What a plugin file is; nothing of it is kept. */
  inspect(bytes: Bytes, signal?: AbortSignal): Promise<Inspection> {
    return this.#ask({ method: "post", path: `${API}/inspect-plugin`, body: wasm(bytes), signal, patience: COMPILE_PATIENCE_MS });
  }
  /** Lets a plugin file collect a few times with this grant, as the instance of that name if there is one; nothing is stored. */
  trial(bytes: Bytes, as: { name: string | undefined; grant: GrantBody }, signal?: AbortSignal): Promise<Trial> {
    return this.#ask({
      method: "post",
      path: `${API}/try-plugin`,
      parameters: { ...(as.name === undefined ? {} : { name: as.name }), grant: JSON.stringify(as.grant) },
      body: wasm(bytes),
      signal,
      patience: COMPILE_PATIENCE_MS,
    });
  }
  /** Puts a file in; the answer is how its instance is then. */
  install(name: string, bytes: Bytes): Promise<Plugin | null> {
    return this.#ask({ method: "put", path: PLUGIN, name, body: wasm(bytes), patience: COMPILE_PATIENCE_MS });
  }
  async remove(name: string): Promise<void> {
    await this.#ask({ method: "delete", path: PLUGIN, name });
  }
  act(name: string, verb: PluginVerb): Promise<Plugin | null> {
    return this.#ask({ method: "post", path: `${PLUGIN}/${verb}`, name, patience: COMPILE_PATIENCE_MS });
  }
  grant(name: string, grant: GrantBody): Promise<Plugin | null> {
    return this.#ask({ method: "post", path: `${PLUGIN}/grant`, name, body: json(grant), patience: COMPILE_PATIENCE_MS });
  }
  /** An empty list would revoke everything: the caller names what. */
  revoke(name: string, capabilities: readonly [string, ...string[]]): Promise<Plugin | null> {
    return this.#ask({ method: "post", path: `${PLUGIN}/revoke`, name, body: json(capabilities), patience: COMPILE_PATIENCE_MS });
  }

  async range(query: string, from: number, to: number, step: number, signal?: AbortSignal): Promise<RangeResult> {
    const start = Math.ceil(from / step) * step;
    const end = Math.floor(to / step) * step;
    const params = new URLSearchParams({
      query,
      start: String(start / 1000),
      end: String(end / 1000),
      step: String(step / 1000),
    });
    // Prometheus' own API, which the host's description only lists.
    const body = await this.#send<{ data: { result: Matrix } }>(`/api/v1/query_range?${params.toString()}`, {}, signal);
    return ontoGrid(body.data.result, start, end, step);
  }

  /** Names of the metrics that had a series of this selection between two moments: an index is read, no samples. */
  async names(selection: string, from: number, to: number, signal?: AbortSignal): Promise<string[]> {
    const params = new URLSearchParams({ "match[]": selection, start: String(from / 1000), end: String(to / 1000) });
    const body = await this.#send<{ data: string[] }>(`/api/v1/label/__name__/values?${params.toString()}`, {}, signal);
    return body.data;
  }

  #ask<M extends Method, P extends PathOf<M>>(asked: Asked<M, P>): Promise<Answer<P, M>> {
    const path = asked.path.replace("{name}", encodeURIComponent(asked.name ?? ""));
    const query = asked.parameters === undefined ? "" : `?${new URLSearchParams(asked.parameters).toString()}`;
    // A GET names no method: it is what a request is by itself.
    const request = { ...(asked.method === "get" ? {} : { method: asked.method.toUpperCase() }), ...asked.body };
    return this.#send(path + query, request, asked.signal, asked.patience);
  }

  async #send<T>(path: string, request: RequestInit, signal: AbortSignal | undefined, patience = PATIENCE_MS): Promise<T> {
    const timeout = AbortSignal.timeout(patience);
    let response: Response;
    try {
      response = await this.fetch(this.base + path.slice(1), {
        ...request,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError("the host does not answer", undefined, 0);
    }
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok && body !== undefined) return body as T;
    const said = (body ?? {}) as { error?: unknown; help?: unknown };
    throw new ApiError(
      typeof said.error === "string" ? said.error : `the host answered ${response.status}`,
      typeof said.help === "string" ? said.help : undefined,
      response.status,
    );
  }
}

export type Bytes = Uint8Array<ArrayBuffer>;

function wasm(body: Bytes): RequestInit {
  return { body, headers: { "content-type": "application/wasm" } };
}

function json(body: unknown): RequestInit {
  return { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}

type Matrix = { metric: Labels; values: [number, string][] }[];

/** Prometheus leaves out steps without a sample; the page wants every step, so that a gap is a gap. */
export function ontoGrid(matrix: Matrix, start: number, end: number, step: number): RangeResult {
  const length = Math.max(0, Math.floor((end - start) / step) + 1);
  const times = Array.from({ length }, (_, index) => start + index * step);
  const series = matrix.map(({ metric, values }) => {
    const column = new Array<number | null>(length).fill(null);
    for (const [seconds, text] of values) {
      const index = Math.round((seconds * 1000 - start) / step);
      if (index >= 0 && index < length) column[index] = number(text);
    }
    return { labels: metric, values: column };
  });
  return { times, series };
}

/** A value of the wire; what is not finite cannot be drawn and counts as absent. */
export function number(value: string | number): number | null {
  const parsed = typeof value === "number" ? value : Number(value);
  return Number.isFinite(parsed) ? parsed : null;
}
