/** Colours for the canvas. The browser resolves the tokens (`light-dark()`, `color-mix()`) through a probe. */

let probe: HTMLElement | undefined;
const known = new Map<string, string>();

/** The colour of a token, at most as opaque as `alpha`. */
export function ink(token: string, alpha = 1): string {
  const name = `${token}/${alpha}`;
  let colour = known.get(name);
  if (colour === undefined) {
    if (!probe) {
      probe = document.createElement("i");
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = alpha < 1 ? `color-mix(in srgb, var(--${token}) ${alpha * 100}%, transparent)` : `var(--${token})`;
    colour = getComputedStyle(probe).color;
    known.set(name, colour);
  }
  return colour;
}

/** Forgets all colours: the theme changed. */
export function fade(): void {
  known.clear();
}

let family: string | undefined;

/** The page's font in the size of axes. */
export function axisFont(scale = 1): string {
  family ??= getComputedStyle(document.body).fontFamily;
  return `${11 * scale}px ${family}`;
}
