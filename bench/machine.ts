// The machine that the numbers are from: without it they mean nothing.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** One line: processor, cores, memory, system, Node. No host name. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  return `${model}, ${availableParallelism()} cores, ${gigabytes} GiB, ${type()} ${release()}, Node ${process.versions.node}`;
}

/** The load average of five minutes: above the number of cores before a run, something else was at work. */
export function describeLoad(): string {
  return (loadavg()[1] ?? 0).toFixed(1);
}

/** Of all processors since the start of the system, in the same unit. */
export interface ProcessorTime {
  readonly all: number;
  /** What the host of a virtual machine gave to others while this one wanted it. */
  readonly stolen: number;
}

/** Undefined where the system does not tell. Source: proc_stat(5). */
export function readProcessorTime(): ProcessorTime | undefined {
  let line: string;
  try {
    [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  } catch {
    return undefined;
  }
  // user nice system idle iowait irq softirq steal; what follows is part of user and nice.
  const times = line.split(/\s+/).slice(1, 9).map(Number);
  return { all: times.reduce((sum, time) => sum + time, 0), stolen: times[7] ?? 0 };
}
