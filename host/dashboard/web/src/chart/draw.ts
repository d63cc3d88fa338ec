/** What uPlot does not draw by itself: gaps, limits, notes, the newest point, cells of a heat map. */
import type uPlot from "uplot";
import { axisFont, ink } from "./ink";
import type { Severity } from "../data/types";
import { crosses, type Limit, type Note, type Plot } from "./model";

interface Frame {
  g: CanvasRenderingContext2D;
  /** Pixels of the canvas for one of the page. */
  px: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

function frame(u: uPlot): Frame {
  const { left, top, width, height } = u.bbox;
  return { g: u.ctx, px: devicePixelRatio || 1, left, top, width, height };
}

const crisp = (at: number): number => Math.round(at) + 0.5;

/** Hatching where there is no data. */
export function drawGaps(u: uPlot, gaps: readonly [number, number][]): void {
  const { g, px, left, top, width, height } = frame(u);
  g.save();
  g.strokeStyle = ink("chart-gap");
  g.lineWidth = px;
  for (const [from, to] of gaps) {
    const x0 = Math.max(left, u.valToPos(from, "x", true));
    const x1 = Math.min(left + width, u.valToPos(to, "x", true));
    if (x1 - x0 < 2 * px) continue;
    g.save();
    g.beginPath();
    g.rect(x0, top, x1 - x0, height);
    g.clip();
    g.beginPath();
    const first = Math.floor((x0 - height) / (5 * px)) * 5 * px;
    for (let x = first; x < x1; x += 5 * px) {
      g.moveTo(x, top + height);
      g.lineTo(x + height, top);
    }
    g.stroke();
    g.restore();
  }
  g.restore();
}

/** Lines that should not be crossed; what is beyond takes the severity's colour, and nothing else does. */
export function drawLimits(u: uPlot, limits: readonly Limit[], plot: Plot, format: (value: number) => string): void {
  const { g, px, left, top, width } = frame(u);
  g.save();
  g.font = axisFont(px);
  g.textBaseline = "middle";
  for (const limit of limits) {
    const y = u.valToPos(limit.value, "y", true);
    if (y < top - px) continue;
    const over = plot.lines.flatMap((line, index) => (line.values.some(value => crosses(line, value, limit)) ? [index] : []));
    const crossed = over.length > 0 ? limit.severity : undefined;
    if (crossed) overdraw(u, y, crossed, over);
    g.strokeStyle = ink(crossed ?? "line-strong", crossed ? 0.75 : 1);
    g.lineWidth = px;
    g.setLineDash([2 * px, 3 * px]);
    g.beginPath();
    g.moveTo(left, crisp(y));
    g.lineTo(left + width, crisp(y));
    g.stroke();
    g.setLineDash([]);
    const label = limit.label || format(limit.value);
    const wide = g.measureText(label).width;
    const above = y - 15 * px >= top ? y - 8 * px : y + 9 * px;
    g.fillStyle = ink("bg", 0.85);
    g.fillRect(left + 2 * px, above - 7 * px, wide + 5 * px, 13 * px);
    g.fillStyle = ink(crossed ?? "text-3");
    g.textAlign = "left";
    g.fillText(label, left + 4 * px, above);
  }
  g.restore();
}

/** uPlot keeps the path of each series; it is drawn once more, clipped to what is beyond the limit. */
function overdraw(u: uPlot, y: number, severity: Severity, lines: readonly number[]): void {
  const { g, px, left, top, width } = frame(u);
  g.save();
  g.beginPath();
  g.rect(left, top - 4 * px, width + 4 * px, y - top + 4 * px);
  g.clip();
  g.strokeStyle = ink(severity);
  g.lineWidth = 1.75 * px;
  for (const line of lines) {
    const path = (u.series[line + 1] as { _paths?: { stroke?: Path2D } } | undefined)?._paths?.stroke;
    if (path instanceof Path2D) g.stroke(path);
  }
  g.restore();
}

/** Marks in the strip above the plot: an alert's shape, its name where it touches no other. */
export function drawNotes(u: uPlot, notes: readonly Note[]): void {
  const { g, px, left, top, width, height } = frame(u);
  g.save();
  g.font = axisFont(px);
  g.textBaseline = "middle";
  const shown = notes
    .map(note => ({ note, x: Math.round(u.valToPos(note.t, "x", true)) }))
    .filter(({ x }) => x >= left && x <= left + width);
  const taken: [number, number][] = shown.map(({ x }) => [x - 5 * px, x + 6 * px]);
  for (const { note, x } of shown) {
    g.fillStyle = ink(note.severity);
    g.globalAlpha = 0.7;
    for (let y = top; y < top + height; y += 4 * px) g.fillRect(x, y, px, 2 * px);
    g.globalAlpha = 1;
    const y = 9 * px;
    g.beginPath();
    if (note.severity === "critical") polygon(g, [x, y - 5 * px], [x + 5 * px, y], [x, y + 5 * px], [x - 5 * px, y]);
    else if (note.severity === "high") polygon(g, [x, y - 4.5 * px], [x + 5 * px, y + 4 * px], [x - 5 * px, y + 4 * px]);
    else if (note.severity === "medium") g.rect(x - 3.5 * px, y - 3.5 * px, 7 * px, 7 * px);
    else g.arc(x, y, 3.5 * px, 0, 7);
    g.fill();
    const wide = g.measureText(note.label).width;
    const right: [number, number] = [x + 9 * px, x + 9 * px + wide];
    const before: [number, number] = [x - 9 * px - wide, x - 9 * px];
    const place = [right, before].find(
      ([a, b]) =>
        a >= left && b <= left + width && !taken.some(([c, d]) => a < d + 4 * px && b > c - 4 * px && !(c <= x && d >= x)),
    );
    if (!place) continue;
    taken.push(place);
    g.textAlign = "left";
    g.fillText(note.label, place[0], y + 0.5);
  }
  g.restore();
}

function polygon(g: CanvasRenderingContext2D, ...points: [number, number][]): void {
  points.forEach(([x, y], index) => (index ? g.lineTo(x, y) : g.moveTo(x, y)));
  g.closePath();
}

/** A dot on the newest point, so that the eye finds now. */
export function drawNewest(u: uPlot, plot: Plot, limits: readonly Limit[]): void {
  if (plot.lines.length > 4) return;
  const { g, px, left, width } = frame(u);
  const last = plot.times.length - 1;
  g.save();
  for (const line of plot.lines) {
    const value = line.values[last] ?? null;
    if (value === null) continue;
    const x = u.valToPos(plot.times[last] ?? 0, "x", true);
    if (x < left || x > left + width + px) continue;
    const y = u.valToPos(value, "y", true);
    const over = limits.find(limit => limit.severity && crosses(line, value, limit));
    dot(g, x, y, 4 * px, ink("bg"));
    dot(g, x, y, 2.5 * px, ink(over?.severity ?? line.ink));
  }
  g.restore();
}

function dot(g: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  g.fillStyle = colour;
  g.beginPath();
  g.arc(x, y, radius, 0, 7);
  g.fill();
}

const SHADES = 8;

/** A heat map: a row for each line, a cell for each point, the first line on top. Values are shares of one. */
export function drawCells(u: uPlot, plot: Plot, step: number): void {
  const { g, px, left, top, width, height } = frame(u);
  const rows = plot.lines.length;
  if (rows === 0) return;
  g.save();
  g.beginPath();
  g.rect(left, top, width, height);
  g.clip();
  const edges = plot.times.map(t => Math.round(u.valToPos(t - step / 2, "x", true)));
  edges.push(Math.round(u.valToPos((plot.times.at(-1) ?? 0) + step / 2, "x", true)));
  const shades = Array.from({ length: SHADES }, (_, index) => ink(`seq-${index}`));
  const space = rows <= 32 ? px : 0;
  plot.lines.forEach((line, row) => {
    const y0 = Math.round(top + (row * height) / rows);
    const y1 = Math.round(top + ((row + 1) * height) / rows);
    line.values.forEach((value, index) => {
      if (value === null) return;
      g.fillStyle = shades[Math.min(SHADES - 1, Math.max(0, Math.floor(value * SHADES)))] ?? "";
      const x = edges[index] ?? 0;
      g.fillRect(x, y0, Math.max(px, (edges[index + 1] ?? x) - x), y1 - y0 - space);
    });
  });
  g.restore();
}
