// Which threads of a process stand back.
import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

const module = new URL('../../dist/serving/lower-priority.js', import.meta.url).href;
/** Prints the priority of the main thread, of the helpers at the start, and of a thread that was started afterwards. */
const code = `
  import { readdirSync } from 'node:fs';
  import { getPriority } from 'node:os';
  import { Worker } from 'node:worker_threads';
  import { lowerHelpers } from ${JSON.stringify(module)};
  const list = () => readdirSync('/proc/self/task').map(Number).filter((thread) => thread !== process.pid);
  const before = list();
  const isDone = lowerHelpers();
  const worker = new Worker('setInterval(() => undefined, 1000)', { eval: true });
  worker.once('online', () => {
    const later = list().filter((thread) => !before.includes(thread));
    const main = getPriority(process.pid);
    console.log(JSON.stringify({ isDone, main, before: before.map((t) => getPriority(t)), later: later.map((t) => getPriority(t)) }));
    process.exit();
  });`;

interface Told {
  readonly isDone: boolean;
  readonly main: number;
  readonly before: readonly number[];
  readonly later: readonly number[];
}

it('lowers those that the engine started, not the main one and none that comes later', () => {
  if (process.platform !== 'linux') return;
  const told = execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  const { isDone, main, before, later } = JSON.parse(told) as Told;
  expect(isDone).toBe(true);
  expect(before.length).toBeGreaterThan(0);
  expect(before.every((priority) => priority === main + 10)).toBe(true);
  expect(later.length).toBeGreaterThan(0);
  expect(later.every((priority) => priority === main)).toBe(true);
});
