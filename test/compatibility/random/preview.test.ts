// What a preview says of a migration is what the check says after somebody ran it: every change of the mutation suite, and
// random files of several of them. A sample here; all of them, and more files, with STK_FUZZ_RUNS (npm run fuzz).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  previewMigration,
  type MigrationPreview,
} from '../../../src/compatibility/preview/preview-migration.ts';
import { openScratch, resetScratch, type OwnerSession } from '../../../src/database/session/owner-session.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Release } from '../../../src/model/release.ts';
import { loadSqlParser } from '../../../src/sql/prepare-statement.ts';
import { aCheckedRelease, check, shopSql } from '../../support/check/checked-release.ts';
import { breaking, emptySql, harmless } from '../../support/check/mutations.ts';
import { realClock } from '../../support/clock.ts';
import { engines, type OpenedDatabase } from '../../support/databases/database.ts';

const runs = Number(process.env['STK_FUZZ_RUNS'] ?? 0);
const changes = [
  ...breaking.map(({ title, sql }) => ({ title, sql })),
  ...harmless.map(([title, sql]) => ({ title, sql })),
];
const sample = runs > 0 ? changes : changes.filter((_, i) => i % 12 === 0);

describe('a preview', () => {
  let scratch: OwnerSession;
  let server: OpenedDatabase;
  let release: Release;
  beforeAll(async () => {
    await loadSqlParser();
    scratch = await openScratch({ clock: realClock, signal: new AbortController().signal });
    const postgres = engines.find(({ name }) => name === 'postgres-18');
    if (postgres === undefined) throw new Error('no PostgreSQL 18');
    server = await postgres.open();
    ({ release } = await aCheckedRelease());
  });
  afterAll(async () => {
    await scratch.close();
    await server.close();
  });

  async function preview(sql: string): Promise<MigrationPreview> {
    await resetScratch(scratch);
    await scratch.run(emptySql);
    await scratch.run(shopSql);
    return previewMigration(scratch, {
      files: [{ file: 'm.sql', sql }],
      releases: [release],
      settings: { strict: false, accept: [], now: 0 },
      signal: new AbortController().signal,
    });
  }

  /** Null: PostgreSQL refuses the file. */
  async function run(sql: string): Promise<readonly string[] | null> {
    await server.owner(emptySql);
    await server.owner(shopSql);
    try {
      await server.owner(sql);
    } catch {
      return null;
    }
    const verdict = await check(server, await aCheckedRelease());
    if (verdict.kind === 'unavailable' || verdict.kind === 'indeterminate') throw new Error(verdict.message);
    return said(verdict.findings);
  }

  const said = (findings: readonly Finding[]): string[] =>
    findings
      .filter(({ code }) => !code.startsWith('ENV'))
      .map(({ code, object, severity }) => `${code} ${object} ${severity}`)
      .sort();

  it.each(sample)('says of $title what the check says afterwards', async ({ sql }) => {
    const { files, releases } = await preview(sql);
    expect(files[0]?.failure).toBeUndefined();
    expect(said(releases[0]?.findings ?? [])).toEqual(await run(sql));
  });

  it('says the same of random files of several changes', async () => {
    const several = fc.array(fc.constantFrom(...changes), { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(several, async (chosen) => {
        const sql = chosen.map((one) => `${one.sql};`).join('\n');
        const [seen, { files, releases }] = [await run(sql), await preview(sql)];
        expect(files[0]?.failure === undefined).toBe(seen !== null);
        if (seen !== null) expect(said(releases[0]?.findings ?? [])).toEqual(seen);
      }),
      { numRuns: runs > 0 ? runs : 4, seed: 20_261_130 },
    );
  });

  it('tells which release breaks, what is locked and what is rewritten, statement by statement', async () => {
    const { files, releases } = await preview(
      `-- a comment
       alter table customers add column note text;
       alter table notes alter column a type bigint;
       create index on notes (a);
       alter table customers drop column tier;`,
    );
    expect(files).toMatchObject([
      {
        failure: undefined,
        statements: [
          { line: 2, locks: [{ relation: 'customers', mode: 'ACCESS EXCLUSIVE' }], rewrites: [] },
          { line: 3, rewrites: ['notes'] },
          { line: 4, locks: [{ relation: 'notes', mode: 'SHARE' }], rewrites: [] },
          { line: 5, locks: [{ relation: 'customers', mode: 'ACCESS EXCLUSIVE' }], rewrites: [] },
        ],
      },
    ]);
    expect(releases).toMatchObject([{ release: release.release, verdict: 'breaks' }]);
  });

  it('names the line that PostgreSQL refuses, and judges nothing then', async () => {
    const { files, releases } = await preview(
      'create table z (i int);\ncreate index concurrently on notes (b);\nalter table nothing add x int;',
    );
    expect(files[0]).toMatchObject({
      statements: [{ line: 1 }, { line: 2, locks: [{ relation: 'notes', mode: 'SHARE UPDATE EXCLUSIVE' }] }],
      failure: { line: 3 },
    });
    expect(files[0]?.failure?.message).toContain('relation "nothing" does not exist (SQLSTATE 42P01)');
    expect(releases).toEqual([]);
  });
});
