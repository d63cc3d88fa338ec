/** One uPlot, set up to the look of the page. It is given data and bounds and tells what the pointer does. */
import uPlot from "uplot";
import { axisTime, chipTime } from "../format/time";
import { timeTicks, valueTicks } from "../format/ticks";
import { axisLabel, type Unit } from "../format/units";
import { drawCells, drawGaps, drawLimits, drawNewest, drawNotes } from "./draw";
import { axisFont, ink } from "./ink";
import { bottom, gaps, stack, top, type Limit, type Note, type Plot } from "./model";

export interface Look {
  unit: Unit;
  kind: "lines" | "stack" | "heat";
  min?: number;
  max?: number;
  close?: boolean;
  near?: boolean;
  limits: readonly Limit[];
}

export interface Shown {
  plot: Plot;
  look: Look;
  from: number;
  to: number;
  step: number;
  /** From when on there should be data but is none, if so. */
  staleFrom: number | undefined;
  notes: readonly Note[];
}

export interface Pointer {
  /** Index of the point under the crosshair of the page, or nothing. */
  hover(index: number | undefined): void;
  /** A stretch of time was chosen. */
  select(from: number, to: number): void;
  reset(): void;
  pan(share: number): void;
}

/** Charts of the page share one crosshair. */
const SYNC = "page";
let selecting: uPlot | undefined;

export class PlotView {
  readonly #plot: uPlot;
  readonly #chip: HTMLElement;
  #shown: Shown;
  #gaps: [number, number][] = [];

  constructor(
    private readonly box: HTMLElement,
    shown: Shown,
    private readonly pointer: Pointer,
  ) {
    this.#shown = shown;
    this.#chip = document.createElement("i");
    this.#chip.className = "chip-time";
    this.#chip.hidden = true;
    this.#plot = new uPlot(this.#options(), this.#data(), box);
    box.append(this.#chip);
    box.addEventListener("wheel", this.#wheel, { passive: false });
  }

  /** Whether new data fits this plot, or a new one is needed: uPlot's series are fixed. */
  fits(shown: Shown): boolean {
    const names = (plot: Plot): string => plot.lines.map(line => `${line.name} ${line.ink}`).join("\n");
    return names(shown.plot) === names(this.#shown.plot) && shown.look.kind === this.#shown.look.kind;
  }

  show(shown: Shown): void {
    this.#shown = shown;
    this.#plot.setData(this.#data());
  }

  resize(): void {
    this.#plot.setSize({ width: this.box.clientWidth, height: this.box.clientHeight });
  }

  redraw(): void {
    this.#plot.redraw(false, true);
  }

  get canvas(): HTMLCanvasElement {
    return this.#plot.ctx.canvas;
  }

  destroy(): void {
    this.box.removeEventListener("wheel", this.#wheel);
    this.#chip.remove();
    this.#plot.destroy();
  }

  #data(): uPlot.AlignedData {
    const { plot, look, staleFrom, to } = this.#shown;
    this.#gaps = gaps(plot);
    if (staleFrom !== undefined && staleFrom < to) this.#gaps.push([staleFrom, to]);
    const columns = look.kind === "stack" ? stack(plot.lines) : plot.lines.map(line => line.values);
    return [plot.times, ...columns];
  }

  #options(): uPlot.Options {
    const { look, plot } = this.#shown;
    const many = plot.lines.length > 4;
    const single = plot.lines.length === 1;
    const stacked = look.kind === "stack";
    const heat = look.kind === "heat";
    return {
      width: this.box.clientWidth,
      height: this.box.clientHeight,
      ms: 1,
      legend: { show: false },
      padding: [this.#strip(), 12, 0, 0],
      scales: {
        x: { time: false, range: () => [this.#shown.from, this.#shown.to] },
        y: { range: (_, low, high) => this.#values(low, high) },
      },
      axes: [this.#timeAxis(), this.#valueAxis()],
      series: [
        {},
        ...plot.lines.map((line, index) => ({
          label: line.name,
          stroke: () => ink(line.ink),
          width: many || stacked ? 1 : 1.5,
          ...(heat ? { paths: () => null } : {}),
          ...(line.dash ? { dash: [4, 3] } : {}),
          ...(stacked
            ? index === 0
              ? { fill: () => ink(line.ink, 0.2) }
              : {}
            : single && !heat
              ? { fill: () => ink(line.ink, 0.08) }
              : {}),
          points: { show: false },
          spanGaps: false,
        })),
      ],
      ...(stacked
        ? {
            bands: plot.lines.slice(1).map((line, index) => ({
              series: [index + 2, index + 1] as [number, number],
              fill: () => ink(line.ink, 0.2),
            })),
          }
        : {}),
      cursor: this.#cursor(),
      hooks: {
        drawClear: [u => drawGaps(u, this.#gaps)],
        drawAxes: heat ? [u => drawCells(u, this.#shown.plot, this.#shown.step)] : [],
        draw: [u => this.#over(u)],
        setCursor: [u => this.#hover(u)],
        setSelect: [u => this.#selected(u)],
      },
    };
  }

  /** Notes need a strip above the plot. */
  #strip(): () => number {
    return () => (this.#shown.notes.length > 0 ? 18 : 8);
  }

  #values(low: number | null, high: number | null): [number, number] {
    const { look, plot } = this.#shown;
    if (look.kind === "heat") return [0, Math.max(1, plot.lines.length)];
    const least = look.min ?? (look.near ? bottom(low ?? 0) : Math.min(0, low ?? 0));
    return [least, look.max ?? top(high ?? 0, look.limits, look.unit, look.close)];
  }

  #timeAxis(): uPlot.Axis {
    return {
      font: axisFont(),
      stroke: () => ink("chart-label"),
      size: 20,
      gap: 4,
      grid: { show: false },
      ticks: { size: 3, width: 1, stroke: () => ink("chart-axis") },
      splits: (u, _, from, to) => timeTicks(from, to, u.bbox.width / devicePixelRatio),
      values: (_, splits) => splits.map(t => axisTime(t, this.#shown.to - this.#shown.from)),
    };
  }

  #valueAxis(): uPlot.Axis {
    const { look } = this.#shown;
    const heat = look.kind === "heat";
    return {
      font: axisFont(),
      stroke: () => ink("chart-label"),
      gap: 6,
      size: (_, values) => ((values ?? []).some(value => value.length > 4) ? 48 : 36),
      grid: heat ? { show: false } : { width: 1, stroke: (_, __) => ink("chart-grid") },
      ticks: { show: false },
      splits: (u, _, low, high) => {
        if (heat) return rowsToLabel(this.#shown.plot.lines.length, u.bbox.height / devicePixelRatio);
        return valueTicks(low, high, look.unit, u.bbox.height / devicePixelRatio > 130 ? 4 : 3);
      },
      values: (_, splits) =>
        heat
          ? splits.map(at => this.#shown.plot.lines[this.#shown.plot.lines.length - Math.ceil(at)]?.name ?? "")
          : splits.map(value => axisLabel(value, look.unit)),
    };
  }

  #cursor(): uPlot.Cursor {
    return {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 4 },
      sync: { key: SYNC, setSeries: false, scales: ["x", null] },
      points: {
        ...(this.#shown.look.kind === "heat" ? { show: false } : {}),
        size: 9,
        width: 1.5,
        stroke: () => ink("bg"),
        fill: (_, index) => ink(this.#shown.plot.lines[index - 1]?.ink ?? "series-ink"),
      },
      bind: {
        mousedown: (u, _, handler) => event => {
          selecting = u;
          return handler(event);
        },
        dblclick: () => () => {
          this.pointer.reset();
          return null;
        },
      },
    };
  }

  #over(u: uPlot): void {
    const { plot, look, notes, staleFrom } = this.#shown;
    if (look.kind !== "heat") drawLimits(u, look.limits, plot, value => axisLabel(value, look.unit));
    drawNotes(u, notes);
    if (look.kind === "lines" && staleFrom === undefined) drawNewest(u, plot, look.limits);
  }

  #hover(u: uPlot): void {
    const { left, idx } = u.cursor;
    if (left === undefined || left < 0 || idx === null || idx === undefined) {
      this.#chip.hidden = true;
      this.pointer.hover(undefined);
      return;
    }
    const t = this.#shown.plot.times[idx];
    if (t === undefined) return;
    this.#chip.textContent = chipTime(t, this.#shown.to - this.#shown.from);
    this.#chip.hidden = false;
    const x = u.valToPos(t, "x") + u.bbox.left / devicePixelRatio;
    const half = this.#chip.offsetWidth / 2;
    const most = this.box.clientWidth - 2 * half - 2;
    this.#chip.style.transform = `translateX(${Math.round(Math.min(most, Math.max(0, x - half)))}px)`;
    this.pointer.hover(idx);
  }

  #selected(u: uPlot): void {
    const { left, width } = u.select;
    const mine = selecting === u;
    if (width > 0) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (!mine || width < 6) return;
    selecting = undefined;
    this.pointer.select(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
  }

  /** Sideways scrolling moves through time; upright scrolling is the page's. */
  readonly #wheel = (event: WheelEvent): void => {
    const by = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (Math.abs(by) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
    event.preventDefault();
    this.pointer.pan(Math.max(-0.5, Math.min(0.5, by / Math.max(1, this.box.clientWidth))));
  };
}

/** Centres of the rows that get a label, from the bottom: all while they are tall enough, else each second, fourth ... */
function rowsToLabel(rows: number, height: number): number[] {
  if (rows === 0) return [];
  let each = 1;
  while ((height / rows) * each < 14) each *= 2;
  return Array.from({ length: Math.ceil(rows / each) }, (_, index) => rows - index * each - 0.5);
}
