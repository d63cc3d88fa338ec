/** What a trial run tells, in words. */
import type { GrantBody, Trial } from "../../data/types";

/** Calls that were denied, by their names; sentences that name none stay sentences. */
export function refusedCalls(denied: readonly string[]): { calls: string[]; sentences: string[] } {
  const read = denied.map(sentence => ({ sentence, call: /^`[^`]+` is not granted for `([^`]+)`$/.exec(sentence)?.[1] }));
  return {
    calls: [...new Set(read.flatMap(({ call }) => call ?? []))],
    sentences: [...new Set(read.filter(({ call }) => call === undefined).map(({ sentence }) => sentence))],
  };
}

/** What it was granted: how often it used that, and what it had no use for. */
export function usedOf(trial: Trial, grant: GrantBody): { used: Trial["used"]; idle: string[] } {
  const granted = Object.keys(grant).filter(name => grant[name] !== false);
  return {
    used: trial.used.filter(({ capability }) => granted.includes(capability)),
    idle: granted.filter(name => !trial.used.some(({ capability }) => capability === name)),
  };
}

/** It came no further, or it brought less than it should and said so. */
export function failed(trial: Trial, collections: number): boolean {
  return Boolean(trial.error) && trial.collections < collections;
}
