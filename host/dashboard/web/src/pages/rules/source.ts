/** A diagnostic as the command line prints it, for the page. */

/** The source lines of a rendered diagnostic; its message stands above already. */
export function source(rendered: string): string {
  const lines = rendered
    .replaceAll(/\u001b\[[0-9;]*m/g, "")
    .trimEnd()
    .split("\n");
  const first = lines.findIndex(line => /^\s*\d*\s*(\||-->|╭▸|│|::: )/.test(line));
  const help = lines.findIndex(line => /^\s*=?\s*(help|note):/.test(line));
  return lines
    .slice(Math.max(0, first), help < 0 ? undefined : help)
    .join("\n")
    .trimEnd();
}
