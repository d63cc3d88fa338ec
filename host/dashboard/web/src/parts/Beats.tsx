import { Index, type Component } from "solid-js";
import type { Beat } from "../pages/machine/beats";

const WIDTH = 4;
const GAP = 1;

/** Shape before colour: fine is 8 high, slow 12, down 16, unknown a dash. */
const SHAPE: Readonly<Record<Beat, { y: number; height: number; ink: string }>> = {
  fine: { y: 4, height: 8, ink: "beat-fine" },
  unknown: { y: 7, height: 2, ink: "beat-fine" },
  low: { y: 3, height: 10, ink: "beat-low" },
  medium: { y: 2, height: 12, ink: "beat-medium" },
  high: { y: 2, height: 12, ink: "beat-high" },
  critical: { y: 0, height: 16, ink: "beat-critical" },
};

export const Beats: Component<{ beats: Beat[]; label: string }> = props => (
  <span class="beats" role="img" aria-label={props.label}>
    <svg width={props.beats.length * (WIDTH + GAP) - GAP} height="16" aria-hidden="true">
      <Index each={props.beats}>
        {(beat, index) => (
          <rect
            x={index * (WIDTH + GAP)}
            y={SHAPE[beat()].y}
            width={WIDTH}
            height={SHAPE[beat()].height}
            rx="1"
            class={SHAPE[beat()].ink}
          />
        )}
      </Index>
    </svg>
  </span>
);
