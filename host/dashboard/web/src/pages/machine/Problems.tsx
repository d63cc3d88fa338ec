import { For, Show, createMemo, type Component } from "solid-js";
import { useApp, type Page } from "../../app";
import { Shape } from "../../parts/Icon";

/** More than these are told by the pages of plugins and rules. */
const MOST = 3;

/** Where more is said about a problem, if a page says it. */
function pageOf(problem: string): { page: Page; label: string } | undefined {
  if (problem.startsWith("plugin ")) return { page: "plugins", label: "Show the plugin" };
  return /\.rhai\b/.test(problem) ? { page: "rules", label: "Show the rules" } : undefined;
}

/** What is wrong with the host itself, in its own words. */
export const Problems: Component = () => {
  const app = useApp();
  const problems = createMemo(() => app.host.status()?.problems ?? []);
  return (
    <>
      <For each={problems().slice(0, MOST)}>
        {problem => (
          <div class="banner high" role="status">
            <Shape name="high" label="problem of the host" />
            <span>{problem}</span>
            <Show when={pageOf(problem)}>
              {more => (
                <a class="btn mini end" href={app.href(more().page)} data-page={more().page}>
                  {more().label}
                </a>
              )}
            </Show>
          </div>
        )}
      </For>
      <Show when={problems().length > MOST}>
        <div class="banner">
          <span class="sec">{problems().length - MOST} more problems of the host</span>
        </div>
      </Show>
    </>
  );
};
