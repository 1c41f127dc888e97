// What happens to a database, and what the check says of it: the same on every engine.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Finding } from '../../src/model/finding.ts';
import { describeOnEachEngine, type Engine, type OpenedDatabase } from '../support/databases/database.ts';
import { aCheckedRelease, check, shopSql } from '../support/check/checked-release.ts';
import { breaking, emptySql, harmless } from '../support/check/mutations.ts';

describeOnEachEngine('the check of a changed database', (engine) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open(engine);
  });
  afterAll(() => opened.opened.close());

  it.each(breaking)('says what $title breaks', async ({ sql, expected, hits }) => {
    const findings = await findAfter(opened, sql);
    expect(findings.map(({ code, object }) => `${code} ${object}`)).toEqual([...expected].sort());
    if (hits === undefined) return;
    expect(findings[0]?.operations).toEqual(expect.arrayContaining([...hits]));
  });

  it.each(harmless)('has nothing to say of %s', async (_title, sql) => {
    expect(await findAfter(opened, sql)).toEqual([]);
  });
});

interface Opened {
  readonly opened: OpenedDatabase;
  readonly schema: string;
}

async function open(engine: Engine): Promise<Opened> {
  const opened = await engine.open();
  const [row] = await opened.owner('select current_schema() as schema');
  return { opened, schema: row?.['schema'] ?? '' };
}

/** Makes the schema anew, changes it and checks. The embedded engine names its own schema: it reads as public. */
async function findAfter({ opened, schema }: Opened, sql: string): Promise<Finding[]> {
  await opened.owner(emptySql);
  await opened.owner(shopSql);
  await opened.owner(sql);
  const verdict = await check(opened, await aCheckedRelease());
  if (verdict.kind === 'unavailable' || verdict.kind === 'indeterminate') throw new Error(verdict.message);
  return verdict.findings
    .filter(({ code }) => code !== 'ENV003')
    .map((finding) => ({ ...finding, object: finding.object.replace(`${schema}.`, 'public.') }))
    .sort((a, b) => (`${a.code} ${a.object}` < `${b.code} ${b.object}` ? -1 : 1));
}
