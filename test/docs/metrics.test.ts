// The documented metrics are those that the Hub has, and the guide's Prometheus configuration is one that Prometheus takes.
import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../support/hub/served-clone.ts';

const readText = (...path: readonly string[]): Promise<string> =>
  readFile(join(projectRoot, ...path), 'utf8');
const namesIn = (text: string, pattern: RegExp): readonly string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''))].sort();

const sources = await Promise.all(
  (await readdir(join(projectRoot, 'src/hub'), { recursive: true }))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readText('src/hub', name)),
);
const metrics = namesIn(sources.join('\n'), /'(stk_[a-z_]+)'/g);
const conditions = namesIn(await readText('docs/status.md'), /^## ([A-Z][A-Za-z]+)$/gm);
const guide = await readText('docs/guides/observe.md');

describe('the documented metrics', () => {
  it('are in the reference, each one, and nothing else is', async () => {
    expect(metrics.length).toBeGreaterThanOrEqual(15);
    const rows = (await readText('docs/http-api.md'))
      .split('\n')
      .filter((line) => line.startsWith('| `stk_'))
      .map((line) => line.split('|')[1] ?? '');
    expect(namesIn(rows.join('\n'), /`(stk_[a-z_]+)/g)).toEqual(metrics);
  });

  it('are those that the guide and the operations page use', async () => {
    const text = `${guide}\n${await readText('docs/operations.md')}\n${await readText('docs/canary.md')}`;
    const used = namesIn(text, /\b(stk_[a-z_]+[a-z])/g).filter((name) => !/^stk_(login|cut)/.test(name));
    expect(used.length).toBeGreaterThan(8);
    const known = new Set(metrics.flatMap((name) => [name, `${name}_count`, `${name}_bucket`]));
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  it('name conditions that there are', () => {
    const named = namesIn(guide, /condition="(\w+)"/g);
    expect(named.length).toBeGreaterThanOrEqual(5);
    expect(named.filter((name) => !conditions.includes(name))).toEqual([]);
  });
});

describe('the Prometheus configuration of the guide', () => {
  const blocks = [...guide.matchAll(/^```yaml\n# (\S+)\n([\s\S]*?)^```/gm)];

  it('is valid for Prometheus', async () => {
    expect(blocks.map(([, name]) => name)).toEqual(['prometheus.yml', 'stk-alerts.yml']);
    const folder = await mkdtemp(join(tmpdir(), 'stk-test-rules-'));
    try {
      for (const [, name = '', text = ''] of blocks) await writeFile(join(folder, name), text);
      const { stdout } = await promisify(execFile)('promtool', [
        'check',
        'config',
        join(folder, 'prometheus.yml'),
      ]);
      expect(stdout).toMatch(/SUCCESS: 12 rules found/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('has rules that the guide explains, each one', () => {
    const rules = namesIn(guide, /- alert: (\w+)/g);
    expect(namesIn(guide, /^\| `(Stk\w+)`/gm)).toEqual(rules);
  });
});
