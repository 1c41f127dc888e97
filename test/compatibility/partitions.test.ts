// Single partitions: what the check says of changes below a partitioned table, beside what PostgreSQL then does; how much of
// them a contract holds, and what is not looked at.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { presentContract } from '../../src/documents/release/present-contract.ts';
import { check } from '../support/check/checked-release.ts';
import {
  describeOnChosenEngines,
  describeOnEachEngine,
  type Engine,
  type OpenedDatabase,
} from '../support/databases/database.ts';
import { judgeChanges } from '../support/check/judge-changes.ts';
import { measured } from '../support/check/fixture-rig.ts';
import { partitions } from '../support/schemas/partitions.ts';
import { partitionsBreaking, partitionsHarmless } from '../support/schemas/changes/partitions-changes.ts';

describeOnChosenEngines('the check of a release that writes to partitions', (engine) => {
  judgeChanges(engine, partitions, { breaking: partitionsBreaking, harmless: partitionsHarmless });
});

const operations = {
  'days.add': { sql: 'insert into days (day) values (:day)', mode: 'write', input: { day: 1 } },
} as const;

/** `own`: so many of the partitions get a check of their own. */
function makeDays({ partitions, own }: { readonly partitions: number; readonly own: number }): string {
  return `create table days (day integer not null) partition by list (day);
    do $$ begin for n in 1..${partitions} loop
      execute format('create table days_%s partition of days for values in (%s)', n, n);
      if n <= ${own} then execute format('alter table days_%s add constraint own check (day > -%s)', n, n); end if;
    end loop; end $$`;
}

async function open(engine: Engine, size: Parameters<typeof makeDays>[0]): Promise<OpenedDatabase> {
  return engine.open({ sql: makeDays(size) });
}

describeOnEachEngine('the baseline of partitions', (engine) => {
  let opened: OpenedDatabase;
  afterAll(() => opened.close());
  beforeAll(async () => {
    opened = await open(engine, { partitions: 150, own: 2 });
  });

  it('holds those with something of their own, and how many there are', async () => {
    const { release } = await measured(opened, operations);
    if (release.contract === undefined) throw new Error('nothing was measured');
    const { relations } = presentContract(release.contract);
    expect(relations).toMatchObject({
      days: {
        partitions: {
          count: 150,
          notable: [
            { name: 'days_1', checks: [expect.any(String)] },
            { name: 'days_2', checks: [expect.any(String)] },
          ],
        },
      },
    });
  });

  it('says nothing of a release whose cut measured no partitions', async () => {
    const { release, statements } = await measured(opened, operations);
    if (release.contract === undefined) throw new Error('nothing was measured');
    const relations = new Map(
      [...release.contract.relations].map(
        ([name, relation]) => [name, { ...relation, partitions: undefined }] as const,
      ),
    );
    const old = { ...release, contract: { ...release.contract, relations } };
    await opened.owner('alter table days_3 add constraint odd check (day % 2 = 1)');
    const verdicts = [
      await check(opened, { release, statements }),
      await check(opened, { release: old, statements }),
    ];
    const said = verdicts.map(
      (verdict) => 'findings' in verdict && verdict.findings.filter(({ code }) => code === 'CHK001').length,
    );
    expect(said).toEqual([1, 0]);
  });
});

describeOnChosenEngines('the baseline of too many partitions', (engine) => {
  it.each([
    { title: 'with something of their own', partitions: 201, own: 201 },
    { title: 'of one table', partitions: 1001, own: 0 },
  ])('leaves them out, and nothing is said: $title', async ({ partitions, own }) => {
    const opened = await open(engine, { partitions, own });
    try {
      const checked = await measured(opened, operations);
      expect(checked.release.contract?.relations.get('days')?.partitions).toBeUndefined();
      await opened.owner('alter table days_7 add constraint odd check (day % 2 = 1)');
      const verdict = await check(opened, checked);
      expect('findings' in verdict && verdict.findings.filter(({ code }) => code !== 'ENV003')).toEqual([]);
    } finally {
      await opened.close();
    }
  });
});

describeOnChosenEngines('the check of a table each partition of which got something else', (engine) => {
  it.each([
    { count: 10, told: 10 },
    { count: 11, told: 1 },
  ])('tells $count as $told', async ({ count, told }) => {
    const opened = await open(engine, { partitions: 12, own: 0 });
    try {
      const checked = await measured(opened, operations);
      await opened.owner(`create function keep() returns trigger language plpgsql as $$ begin return new; end $$;
        do $$ begin for n in 1..${count} loop
          execute format('alter table days_%s add constraint range check (day > -%s)', n, n);
          execute format('create trigger kept before insert on days_%s for each row execute function keep(%s)', n, n);
        end loop; end $$`);
      const verdict = await check(opened, checked);
      const findings = 'findings' in verdict ? verdict.findings : [];
      for (const [code, what] of [
        ['CHK001', 'new checks'],
        ['TRG001', 'changes of triggers'],
      ] as const) {
        const said = findings.filter((one) => one.code === code);
        expect(said.map((one) => one.operations)).toEqual(Array.from({ length: told }, () => ['days.add']));
        const rest = new RegExp(`, on this partition; and 10 more ${what} on partitions of \\w+\\.days$`);
        expect(said.filter(({ actual }) => rest.test(actual))).toHaveLength(told === 1 ? 1 : 0);
      }
    } finally {
      await opened.close();
    }
  });
});
