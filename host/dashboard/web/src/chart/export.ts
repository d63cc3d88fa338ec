/** What a chart can be taken away as: a text on the clipboard, a file, a picture. */
import { axisFont, ink } from "./ink";

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure origin there is no clipboard, but an old way remains.
    const area = document.createElement("textarea");
    area.className = "vh";
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export function save(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The chart on the page's background, with its title above and the names of its lines below. */
export function picture(
  canvas: HTMLCanvasElement,
  title: string,
  lines: readonly { name: string; ink: string }[],
): Promise<Blob | null> {
  const px = devicePixelRatio || 1;
  const pad = 12 * px;
  const row = 18 * px;
  const keys = lines.length > 1 && lines.length <= 12 ? lines : [];
  const sheet = document.createElement("canvas");
  sheet.width = canvas.width + 2 * pad;
  sheet.height = canvas.height + 2 * pad + row * (1 + Math.ceil(keys.length / 3));
  const g = sheet.getContext("2d");
  if (!g) return Promise.resolve(null);
  g.fillStyle = ink("bg");
  g.fillRect(0, 0, sheet.width, sheet.height);
  g.font = axisFont(px * 1.2);
  g.textBaseline = "middle";
  g.fillStyle = ink("text-strong");
  g.fillText(title, pad, pad + row / 2);
  g.drawImage(canvas, pad, pad + row);
  g.font = axisFont(px);
  keys.forEach((line, index) => {
    const x = pad + (index % 3) * (canvas.width / 3);
    const y = pad + row + canvas.height + (Math.floor(index / 3) + 0.5) * row;
    g.fillStyle = ink(line.ink);
    g.fillRect(x, y - px, 10 * px, 2 * px);
    g.fillStyle = ink("text-2");
    g.fillText(line.name, x + 16 * px, y);
  });
  return new Promise(resolve => sheet.toBlob(resolve, "image/png"));
}
