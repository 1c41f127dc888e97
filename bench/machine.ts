// The machine that the numbers are from: without it they mean nothing.
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
