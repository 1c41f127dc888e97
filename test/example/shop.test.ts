// The shop at the repository's root: what it promises a reader of the tour, held on a real PostgreSQL (PGlite).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parsePointer } from '../../src/documents/parse-pointer.ts';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { parseRelease } from '../../src/documents/release/parse-release.ts';
import type { Parsed } from '../../src/model/problem.ts';
import { formatProblems } from '../../src/model/problem.ts';
import { loadSqlParser, prepareStatement } from '../../src/sql/prepare-statement.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

function valueOf<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  return parsed.value;
}

const readRelease = (id: string) =>
  valueOf(parseRelease(read(`releases/${id}.yaml`), { file: `releases/${id}.yaml`, id }));
const releaseIds = readdirSync(`${root}/releases`).map((name) => name.slice(0, -'.yaml'.length));

describe('the shop', () => {
  const project = valueOf(parseProject(read('stk.yaml'), { file: 'stk.yaml', gateKinds }));
  const environments = [...project.environments.values()];
  let database: PGlite;

  beforeAll(async () => {
    await loadSqlParser();
    database = await PGlite.create();
    for (const { name, database: settings } of environments) {
      await database.exec(`create schema "${name}"; set search_path = "${name}"`);
      if (settings.kind === 'embedded') for (const file of settings.init) await database.exec(read(file));
    }
  });
  afterAll(async () => {
    await database.close();
  });

  /** Names of the operations that PostgreSQL refuses in the environment. */
  const findRefused = async (id: string, environment: string): Promise<string[]> => {
    const refused: string[] = [];
    await database.exec(`set search_path = "${environment}"`);
    for (const operation of readRelease(id).operations.values()) {
      if (operation.kind !== 'sql') continue;
      const { text } = prepareStatement(operation.sql);
      try {
        await database.exec(`prepare probe as ${text}`);
        await database.exec('deallocate probe');
      } catch {
        refused.push(operation.name);
      }
    }
    return refused;
  };

  it('has pointers that name releases which exist', () => {
    for (const { name } of environments) {
      const pointer = valueOf(parsePointer(read(`environments/${name}.yaml`), { file: name }));
      expect(releaseIds).toContain(pointer.release);
    }
  });

  it('has at least four releases, each of which fits dev', async () => {
    expect(releaseIds.length).toBeGreaterThanOrEqual(4);
    for (const id of releaseIds) expect([id, await findRefused(id, 'dev')]).toEqual([id, []]);
  });

  it('keeps prod one migration behind: releases without tiers fit, releases with tiers do not', async () => {
    expect(await findRefused('v2.0.0', 'prod')).toEqual([]);
    expect(await findRefused('v2.0.1', 'prod')).toEqual([]);
    expect(await findRefused('v2.1.0', 'prod')).toContain('customers.get');
    expect(await findRefused('v2.2.0', 'prod')).toContain('orders.place');
  });

  it('lets every release fit prod once the missing migration is applied by hand, the earlier ones included', async () => {
    await database.exec('begin; set search_path = prod');
    await database.exec(read('migrations/0002_tier.sql'));
    for (const id of releaseIds) expect([id, await findRefused(id, 'prod')]).toEqual([id, []]);
    await database.exec('rollback');
  });

  it('declares the mode of every operation as what its one statement does', () => {
    for (const id of releaseIds) {
      for (const operation of readRelease(id).operations.values()) {
        if (operation.kind !== 'sql') continue;
        const { analysis } = prepareStatement(operation.sql);
        expect([id, operation.name, analysis?.statements, analysis?.writes]).toEqual([
          id,
          operation.name,
          1,
          operation.mode === 'write',
        ]);
      }
    }
  });

  it('shows the difference of a promotion: an operation, a role and a config value of its own', () => {
    const [before, after] = [readRelease('v2.0.1'), readRelease('v2.1.0')];
    expect(before.operations.has('customers.byTier')).toBe(false);
    expect(after.operations.has('customers.byTier')).toBe(true);
    expect(before.permissions.has('marketing')).toBe(false);
    expect(after.permissions.get('marketing')).toContain('customers.byTier');
    expect(after.config).not.toEqual(before.config);
  });
});
