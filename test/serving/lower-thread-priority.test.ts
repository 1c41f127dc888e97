// A thread that gives way: only the release compiler's background one.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { createReleaseCompiler } from '../../src/serving/compile-release.ts';
import { aRelease } from '../support/release.ts';

/** Nice values of this process's threads, ascending. Empty where the system does not tell. */
function readNiceness(): number[] {
  if (process.platform !== 'linux') return [];
  const values = readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    // After the name in brackets, which may hold anything: state is field 3, nice is field 19.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
  return [...new Set(values)].sort((a, b) => a - b);
}

async function compileWith(options: { readonly isBackground: boolean }): Promise<number[]> {
  const compiler = createReleaseCompiler(options);
  try {
    const id = 'v1.0.0';
    const file = `releases/${id}.yaml`;
    expect((await compiler.compile({ text: aRelease({}), file, id, blob: 'b' })).ok).toBe(true);
    return readNiceness();
  } finally {
    await compiler.close();
  }
}

it('lowers the priority of a background compiler, and of nothing else', async () => {
  const before = readNiceness();
  const [own = 0] = before;
  expect(await compileWith({ isBackground: false })).toEqual(before);
  const lowered = process.platform === 'linux' ? [Math.max(10, own)] : [];
  expect(await compileWith({ isBackground: true })).toEqual([...new Set([...before, ...lowered])]);
});
