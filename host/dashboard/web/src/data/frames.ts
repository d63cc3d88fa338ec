/** Reads live frames: checks their order, and turns series indexes back into labels. No connection here. */
import { number } from "./api";
import type { Labels, LiveFrame } from "./types";

/** The values of one tick for one subscription. */
export type TickValues = [Labels, number | null][];

export interface Tick {
  t: number;
  values: Map<string, TickValues>;
}

export type Read =
  | { kind: "frame"; frame: LiveFrame }
  | { kind: "tick"; tick: Tick }
  /** Frames were lost; what the page shows is to be loaded again. The frame itself still counts. */
  | { kind: "lost"; frames: number; then?: Read }
  | { kind: "nothing" };

export class FrameReader {
  #next: number | undefined;
  readonly #series = new Map<string, Map<number, Labels>>();

  /** A text that is no frame is ignored: a newer host may say more than this page understands. */
  read(text: string): Read {
    let frame: LiveFrame;
    try {
      frame = JSON.parse(text) as LiveFrame;
    } catch {
      return { kind: "nothing" };
    }
    if (typeof frame !== "object" || frame === null) return { kind: "nothing" };
    const read = this.#take(frame);
    if (!("seq" in frame) || typeof frame.seq !== "number") return read;
    const lost = this.#next === undefined || frame.type === "hello" ? 0 : frame.seq - this.#next;
    this.#next = frame.seq + 1;
    if (frame.type === "missed") return { kind: "lost", frames: frame.frames };
    return lost > 0 ? { kind: "lost", frames: lost, then: read } : read;
  }

  #take(frame: LiveFrame): Read {
    switch (frame.type) {
      case "hello":
        this.#series.clear();
        return { kind: "frame", frame };
      case "series": {
        const known = this.#series.get(frame.id) ?? new Map<number, Labels>();
        for (const { i, labels } of frame.series) known.set(i, labels);
        this.#series.set(frame.id, known);
        return { kind: "nothing" };
      }
      case "tick":
        return { kind: "tick", tick: this.#tick(frame) };
      default:
        return { kind: "frame", frame };
    }
  }

  #tick(frame: Extract<LiveFrame, { type: "tick" }>): Tick {
    const values = new Map<string, TickValues>();
    for (const [id, pairs] of Object.entries(frame.values)) {
      const known = this.#series.get(id);
      const row: TickValues = [];
      for (const [index, value] of pairs) {
        const labels = known?.get(index);
        if (labels) row.push([labels, number(value)]);
      }
      values.set(id, row);
    }
    return { t: frame.t, values };
  }

  /** Forgets the series of subscriptions that ended or changed their query: their indexes mean nothing now. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) this.#series.delete(id);
  }
}
