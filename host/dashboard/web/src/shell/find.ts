/** What the palette offers, and which of it a query means. */
import type { IconName } from "../parts/Icon";

export interface Command {
  title: string;
  kind: string;
  icon: IconName;
  run: () => void;
  /** Further words that find it. */
  words?: string;
}

/** Every word of the query must occur; matches at the start of the title come first. */
export function find(commands: readonly Command[], query: string): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .map((command, place) => {
      const title = command.title.toLowerCase();
      const text = `${title} ${command.kind} ${command.words ?? ""}`.toLowerCase();
      if (!words.every(word => text.includes(word))) return undefined;
      const rank = words.length > 0 && title.startsWith(words[0] ?? "") ? 0 : words.every(word => title.includes(word)) ? 1 : 2;
      return { command, rank, place };
    })
    .filter(found => found !== undefined)
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({ command }) => command);
}
