/** Keys of the whole page. A key pressed in a field belongs to the field. */
import type { App } from "../app";
import { shift, span, zoom } from "../data/range";
import { ENTRIES } from "./pages";

export interface Openers {
  palette: () => void;
  help: () => void;
}

/** How long after `g` the letter may come. */
const CHORD_MS = 1200;

export function listen(app: App, open: Openers): () => void {
  let chord = 0;
  const now = (): number => app.host.now();
  const actions: Readonly<Record<string, () => void>> = {
    "?": open.help,
    "[": () => app.setRange(shift(app.range(), -0.5, now())),
    "]": () => app.setRange(shift(app.range(), 0.5, now())),
    "+": () => app.setRange(zoom(app.range(), 0.5, now())),
    "=": () => app.setRange(zoom(app.range(), 0.5, now())),
    "-": () => app.setRange(zoom(app.range(), 2, now())),
    " ": () => app.togglePause(),
    t: () => app.nextTheme(),
    j: () => nextRow(1),
    k: () => nextRow(-1),
    "/": () => document.querySelector<HTMLElement>("main [data-filter]")?.focus(),
    Escape: () => app.range().kind === "fixed" && app.setRange({ kind: "last", span: nearestPreset(span(app.range())) }),
  };
  const pressed = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open.palette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || belongsElsewhere(event)) return;
    if (Date.now() - chord < CHORD_MS) {
      chord = 0;
      const entry = ENTRIES.find(({ key }) => key === event.key);
      if (entry) {
        event.preventDefault();
        app.go(entry.page);
        return;
      }
    }
    if (event.key === "g") {
      chord = Date.now();
      return;
    }
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}

function belongsElsewhere(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("input, textarea, select, [contenteditable]")) return true;
  if (target.closest("[role=dialog]")) return true;
  // Space presses the button that has the focus.
  return event.key === " " && target.closest("button, a, [role^=menuitem]") !== null;
}

/** Moves the focus along the rows of the page's list. */
function nextRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}

/** Leaving a zoom shows a usual range again, not the odd one that was dragged. */
function nearestPreset(ms: number): number {
  return ms < 30 * 60_000 ? 30 * 60_000 : ms;
}
