/** Names of plugin instances: a name becomes a file's, and a label's value. */

/** The host's own rule (`check_name`). */
const MOST = 64;

/** What is wrong with a name, in a sentence; undefined when nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "a name is needed: it becomes the file's, and a label of every series";
  const strange = [...name].find(letter => !/[A-Za-z0-9_-]/.test(letter));
  if (strange !== undefined) {
    return `${strange === " " ? "a space" : `“${strange}”`} cannot be in a name: letters, digits, - and _`;
  }
  return name.length > MOST ? `${name.length} letters are too many: at most ${MOST}` : undefined;
}

/** The name to propose: what the plugin calls itself, else its file's. */
export function proposedName(own: string, file: string): string {
  const fit = (text: string): string =>
    text
      .replace(/[^A-Za-z0-9_-]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, MOST);
  return fit(own) || fit(file.replace(/\.wasm$/i, "")) || "plugin";
}
