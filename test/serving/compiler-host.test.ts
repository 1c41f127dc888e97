// The compiler's own process ends with the one that started it, however that one ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';

const canTie = process.platform === 'linux' && existsSync('/usr/bin/setpriv');
const host = new URL('../../dist/serving/compile/compiler-host.js', import.meta.url).href;
/** Prints the number of the compiler's process when that is ready. */
const parentCode = `
  import { startProcess } from ${JSON.stringify(host)};
  const host = startProcess('nice', 0);
  host.listen({ take: () => console.log(host.pid), fail: (error) => { throw error; } });`;

/** Nobody may have asked yet how it ended. */
function isGone(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return true;
  }
}

it('ends at once when the Hub is killed, though it hears nothing in the midst of its work', async () => {
  if (!canTie) return;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', parentCode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk]: unknown[] = await once(parent.stdout, 'data');
  const pid = Number(String(chunk));
  expect(isGone(pid)).toBe(false);
  try {
    process.kill(pid, 'SIGSTOP');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    while (!isGone(pid)) await delay(20);
  } finally {
    if (!isGone(pid)) process.kill(pid, 'SIGKILL');
  }
});
