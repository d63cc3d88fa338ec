/** What is being done to plugins, one thing at a time for each, and how it went. */
import { createContext, createSignal, useContext } from "solid-js";
import type { App } from "../../app";
import type { PluginVerb } from "../../data/api";
import type { GrantBody, Plugin } from "../../data/types";
import { decided } from "./grant";
import { failureOf, list, wordOf, type Failure } from "./words";

export type Deed = PluginVerb | "remove" | "revoke" | "decide";

export interface Deeds {
  /** What is under way for this plugin. */
  busy(name: string): Deed | undefined;
  /** Why the last thing that was asked for was not done. */
  failure(name: string): Failure | undefined;
  act(plugin: Plugin, verb: PluginVerb): Promise<boolean>;
  /** Grants or refuses. */
  decide(plugin: Plugin, body: GrantBody): Promise<boolean>;
  /** Forgets grants that it has no use for. */
  revoke(plugin: Plugin, capabilities: readonly [string, ...string[]]): Promise<boolean>;
  remove(plugin: Plugin): Promise<boolean>;
}

const Context = createContext<Deeds>();
export const DeedsProvider = Context.Provider;

export function useDeeds(): Deeds {
  const deeds = useContext(Context);
  if (!deeds) throw new Error("a part of the plugins page stands outside of it");
  return deeds;
}

export function createDeeds({ host }: Pick<App, "host">, say: (text: string) => void): Deeds {
  const [busy, setBusy] = createSignal<Readonly<Record<string, Deed | undefined>>>({});
  const [failures, setFailures] = createSignal<Readonly<Record<string, Failure | undefined>>>({});

  const run = async (name: string, deed: Deed, work: () => Promise<Failure | undefined>): Promise<boolean> => {
    if (busy()[name]) return false;
    setBusy(all => ({ ...all, [name]: deed }));
    setFailures(all => ({ ...all, [name]: undefined }));
    const failure = await work().catch(failureOf);
    setFailures(all => ({ ...all, [name]: failure }));
    setBusy(all => ({ ...all, [name]: undefined }));
    return failure === undefined;
  };
  const see = (after: Plugin | null): void => {
    if (after) host.pluginIs(after);
    else void host.refresh();
  };

  return {
    busy: name => busy()[name],
    failure: name => failures()[name],
    act: (before, verb) =>
      run(before.name, verb, async () => {
        const after = await host.api.act(before.name, verb);
        see(after);
        say(done(before, verb, after));
        return undefined;
      }),
    decide: (before, body) =>
      run(before.name, "decide", async () => {
        const after = await host.api.grant(before.name, body);
        see(after);
        say(decision(before.name, body, after));
        return undefined;
      }),
    revoke: (before, capabilities) =>
      run(before.name, "revoke", async () => {
        const after = await host.api.revoke(before.name, capabilities);
        see(after);
        const still = stillGranted(after, capabilities);
        if (still.length > 0) return stays(before.name, still);
        say(`${before.name} is no longer granted ${list(capabilities)}`);
        return undefined;
      }),
    remove: before =>
      run(before.name, "remove", async () => {
        await host.api.remove(before.name);
        host.pluginIsGone(before.name);
        say(`${before.name} is removed`);
        return undefined;
      }),
  };
}

/** A word for the button while it is under way. */
export const UNDER_WAY: Readonly<Record<Deed, string>> = {
  enable: "Switching on…",
  disable: "Switching off…",
  restart: "Restarting…",
  rollback: "Rolling back…",
  remove: "Removing…",
  revoke: "Revoking…",
  decide: "Working…",
};

/** What was decided, with what became of it. */
export function decision(name: string, body: GrantBody, after: Plugin | null): string {
  const { granted, refused } = decided(body);
  const parts = [
    granted.length > 0 ? `may use ${list(granted)}` : "",
    refused.length > 0 ? `goes without ${list(refused)}` : "",
  ].filter(Boolean);
  return `${name} ${parts.join(" and ")}${after ? `: ${wordOf(after)}` : ""}`;
}

/** What was done, with what became of it. */
export function done(before: Plugin, verb: PluginVerb, after: Plugin | null): string {
  const now = after ? `: ${wordOf(after)}` : "";
  switch (verb) {
    case "enable":
      return `${before.name} is switched on${now}`;
    case "disable":
      return `${before.name} is switched off`;
    case "restart":
      return `${before.name} is ${before.state === "quarantined" ? "released" : "made anew"}${now}`;
    case "rollback":
      return `${before.name} runs its file from before${now}`;
  }
}

/** Revoking takes back what was granted from here; what stays, the configuration grants. */
export function stillGranted(after: Plugin | null, capabilities: readonly string[]): string[] {
  return capabilities.filter(
    one =>
      after?.capabilities.some(({ name, granted }) => granted && name === one) || after?.unused_grants?.includes(one) === true,
  );
}

export function stays(name: string, still: readonly string[]): Failure {
  return {
    message: `${name} keeps ${list(still)}: the configuration grants it`,
    help: `take it from plugins.${name}.grant in autobot.yaml, or refuse it there: ${still.map(one => `${one}: false`).join(", ")}`,
  };
}
