// A thread that gives way: only the release compiler's background one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { createReleaseCompiler, type ReleaseCompilerOptions } from '../../src/serving/compile-release.ts';
import { aQuery, aRelease } from '../support/release.ts';

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

/** Scheduling policies of this process's threads: 0 is the normal one, 5 the idle one. */
function readPolicies(): number[] {
  if (process.platform !== 'linux') return [];
  const values = readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38]);
  });
  return [...new Set(values)].sort((a, b) => a - b);
}

const isDebian = process.platform === 'linux' && existsSync('/usr/bin/chrt');

async function compileWith(
  options: ReleaseCompilerOptions,
): Promise<{ readonly niceness: number[]; readonly policies: number[] }> {
  const compiler = createReleaseCompiler(options);
  try {
    const id = 'v1.0.0';
    const file = `releases/${id}.yaml`;
    expect((await compiler.compile({ text: aRelease({}), file, id, blob: 'b' })).ok).toBe(true);
    return { niceness: readNiceness(), policies: readPolicies() };
  } finally {
    await compiler.close();
  }
}

it('lets a background compiler have idle time only, and nothing else', async () => {
  const [niceness, policies] = [readNiceness(), readPolicies()];
  const [own = 0] = niceness;
  expect(await compileWith({ isBackground: false })).toEqual({ niceness, policies });
  const lowered = process.platform === 'linux' ? [Math.max(10, own)] : [];
  expect(await compileWith({ isBackground: true })).toEqual({
    niceness: [...new Set([...niceness, ...lowered])],
    policies: [...new Set([...policies, ...(isDebian ? [5] : [])])],
  });
});

it('begins a release again with a share of its own when there is no idle time', async () => {
  // More than there is: as if it never had any.
  const compiler = createReleaseCompiler({
    isBackground: true,
    starvation: { everyMs: 5, leastShare: 1_000 },
  });
  try {
    const operations = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`op${i}`, aQuery()]));
    const text = aRelease({ permissions: {}, operations });
    const request = { text, file: 'releases/v1.0.0.yaml', id: 'v1.0.0', blob: 'b' };
    const outcomes = await Promise.all([compiler.judge(request), compiler.judge(request)]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
    expect((await compiler.judge(request)).ok).toBe(true);
  } finally {
    await compiler.close();
  }
});

it('stays in idle time as long as there is some, however long a release takes', async () => {
  const compiler = createReleaseCompiler({ isBackground: true, starvation: { everyMs: 5, leastShare: 0 } });
  try {
    const operations = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`op${i}`, aQuery()]));
    const text = aRelease({ permissions: {}, operations });
    const request = { text, file: 'releases/v1.0.0.yaml', id: 'v1.0.0', blob: 'b' };
    expect((await compiler.judge(request)).ok).toBe(true);
    expect(readPolicies().includes(5)).toBe(isDebian);
  } finally {
    await compiler.close();
  }
});
