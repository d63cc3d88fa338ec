/** The host's HTTP API, as functions. Answers are checked as far as the page depends on them; nothing is drawn here. */
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

const PLUGINS = "api/autobot/v1/plugins";
const INSPECT = "api/autobot/v1/inspect-plugin";
const TRIAL = "api/autobot/v1/try-plugin";

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export class Api {
  constructor(
    private readonly base: string,
    private readonly fetch: Fetch = (input, init) => globalThis.fetch(input, init),
  ) {}

  status(): Promise<Status> {
    return this.#get("api/autobot/v1/status");
  }
  async alerts(): Promise<Alert[]> {
    return (await this.#get<{ alerts: Alert[] }>("api/autobot/v1/alerts")).alerts;
  }
  rules(): Promise<Rules> {
    return this.#get("api/autobot/v1/rules");
  }
  async plugins(): Promise<Plugin[]> {
    return (await this.#get<{ plugins: Plugin[] }>(PLUGINS)).plugins;
  }

  /** What a plugin file is; nothing of it is kept. */
  inspect(bytes: Bytes, signal?: AbortSignal): Promise<Inspection> {
    return this.#ask(INSPECT, wasm("POST", bytes), { signal, patience: COMPILE_PATIENCE_MS });
  }
  /** Lets a plugin file collect a few times with this grant, as the instance of that name if there is one; nothing is stored. */
  trial(bytes: Bytes, as: { name: string | undefined; grant: GrantBody }, signal?: AbortSignal): Promise<Trial> {
    const params = new URLSearchParams({ ...(as.name === undefined ? {} : { name: as.name }), grant: JSON.stringify(as.grant) });
    return this.#ask(`${TRIAL}?${params.toString()}`, wasm("POST", bytes), { signal, patience: COMPILE_PATIENCE_MS });
  }
  /** Puts a file in; the answer is how its instance is then. */
  install(name: string, bytes: Bytes): Promise<Plugin | null> {
    return this.#ask(pluginPath(name), wasm("PUT", bytes), { patience: COMPILE_PATIENCE_MS });
  }
  async remove(name: string): Promise<void> {
    await this.#ask(pluginPath(name), { method: "DELETE" });
  }
  act(name: string, verb: PluginVerb): Promise<Plugin | null> {
    return this.#ask(`${pluginPath(name)}/${verb}`, { method: "POST" }, { patience: COMPILE_PATIENCE_MS });
  }
  grant(name: string, grant: GrantBody): Promise<Plugin | null> {
    return this.#ask(`${pluginPath(name)}/grant`, json(grant), { patience: COMPILE_PATIENCE_MS });
  }
  /** An empty list would revoke everything: the caller names what. */
  revoke(name: string, capabilities: readonly [string, ...string[]]): Promise<Plugin | null> {
    return this.#ask(`${pluginPath(name)}/revoke`, json(capabilities), { patience: COMPILE_PATIENCE_MS });
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
    const body = await this.#get<{ data: { result: Matrix } }>(`api/v1/query_range?${params.toString()}`, signal);
    return ontoGrid(body.data.result, start, end, step);
  }

  #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#ask(path, {}, { signal });
  }

  async #ask<T>(
    path: string,
    request: RequestInit,
    { signal, patience = PATIENCE_MS }: { signal?: AbortSignal | undefined; patience?: number } = {},
  ): Promise<T> {
    const timeout = AbortSignal.timeout(patience);
    let response: Response;
    try {
      response = await this.fetch(this.base + path, {
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

function pluginPath(name: string): string {
  return `${PLUGINS}/${encodeURIComponent(name)}`;
}

function wasm(method: string, body: Bytes): RequestInit {
  return { method, body, headers: { "content-type": "application/wasm" } };
}

function json(body: unknown): RequestInit {
  return { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
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
