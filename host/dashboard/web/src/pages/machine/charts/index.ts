/** The charts of the machine page, by section. */
import type { ChartSpec } from "../../../chart/spec";
import { busy, cpu } from "./cpu";
import { disk, throughput } from "./disk";
import { byState, memory } from "./memory";
import { network, traffic } from "./network";
import { processes } from "./processes";
import type { Known } from "./words";

export interface Sections {
  lead: ChartSpec[];
  cpu: ChartSpec[];
  memory: ChartSpec[];
  disk: ChartSpec[];
  network: ChartSpec[];
  processes: ChartSpec[];
}

export function charts(status: Known): Sections {
  return {
    lead: [busy(status), byState(status), throughput(), traffic()],
    cpu: cpu(status),
    memory: memory(status),
    disk: disk(),
    network: network(),
    processes: processes(),
  };
}
