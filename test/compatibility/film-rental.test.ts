// A whole schema of the usual kind: a release of 35 operations is cut on it, fits a restore of it, and each of nine changes is
// named with the operations that it breaks. A restore without owners and privileges is mended by what the findings suggest.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Finding } from '../../src/model/finding.ts';
import { check, type Checked } from '../support/check/checked-release.ts';
import { cutRelease } from '../support/check/cut-release.ts';
import { suggestionsOf } from '../support/check/suggested-migrations.ts';
import { describeOnChosenEngines, type OpenedDatabase } from '../support/databases/database.ts';
import { filmRentalOperations, filmRentalSql } from '../support/schemas/film-rental.ts';

const role = 'stk_test_clerk';
const grants = `grant select, insert, update, delete on all tables in schema rental to ${role};
  grant usage on all sequences in schema rental to ${role}`;

const changes: readonly (readonly [title: string, change: string, undo: string, said: readonly string[]])[] =
  [
    [
      'a column that is renamed',
      'alter table film rename length to minutes',
      'alter table film rename minutes to length',
      ['block COL001 film.length: films.longest'],
    ],
    [
      'a label that is renamed',
      "alter type mpaa_rating rename value 'PG-13' to 'PG13'",
      "alter type mpaa_rating rename value 'PG13' to 'PG-13'",
      ['block ENM001 mpaa_rating.PG-13: films.rate films.rated'],
    ],
    [
      'a function that is dropped',
      'alter function last_day(timestamptz) rename to month_end',
      'alter function month_end(timestamptz) rename to last_day',
      ['block FUN001 last_day: rentals.due'],
    ],
    [
      'a required column',
      "alter table customer add column tier text not null default 'x'; alter table customer alter tier drop default",
      'alter table customer drop column tier',
      ['block INS001 customer.tier: customers.add'],
    ],
    [
      'a partition that is detached',
      'alter table payment detach partition payment_p2022_01',
      "alter table payment attach partition payment_p2022_01 for values from ('2022-01-01') to ('2022-02-01')",
      ['warn REL004 payment_p2022_01: payments.add payments.of sales.categories stores.sales'],
    ],
    [
      'a key that is dropped',
      'alter table film_actor drop constraint film_actor_pkey',
      'alter table film_actor add primary key (actor_id, film_id)',
      ['block KEY001 film_actor(actor_id,film_id): films.join'],
    ],
    [
      'a type that is widened',
      'alter table staff alter picture type text using encode(picture, $$base64$$)',
      'alter table staff alter picture type bytea using decode(picture, $$base64$$)',
      ['block COL002 staff.picture: staff.picture'],
    ],
    [
      'a materialized view without data',
      'refresh materialized view rental_by_category with no data',
      'refresh materialized view rental_by_category',
      ['block REL005 rental_by_category: sales.categories'],
    ],
    [
      'a table that is gone behind a function and a view',
      'alter table inventory rename to items',
      'alter table items rename to inventory',
      [
        'block REL001 inventory: customers.rentals films.stock stores.inventory',
        'warn FKY001 rental.rental_inventory_id_fkey: rentals.add',
      ],
    ],
  ];

describeOnChosenEngines('a film rental', (engine) => {
  let opened: OpenedDatabase;
  let release: Checked & { readonly warnings: readonly string[] };
  const find = async (): Promise<readonly Finding[]> => {
    const verdict = await check(opened, release);
    if (!('findings' in verdict)) throw new Error(verdict.kind);
    return verdict.findings.filter(({ code }) => code !== 'ENV003');
  };
  const sayAll = (found: readonly Finding[]): string[] =>
    found.map(
      ({ severity, code, object, operations }) =>
        `${severity} ${code} ${object.replace(/^(?:rental|public|dev)\./, '')}: ${operations.join(' ')}`,
    );
  beforeAll(async () => {
    release = await cutRelease(engine.name, { sql: filmRentalSql, operations: filmRentalOperations });
    opened = await engine.open({ sql: filmRentalSql, role, schema: 'rental' });
    if (engine.name !== 'pglite') await opened.owner(grants);
  });
  afterAll(() => opened.close());

  it('is cut with a word about the function that can never run', () => {
    expect(release.warnings).toEqual([expect.stringContaining('get_customer_balance(')]);
    expect(release.release.operations.size).toBe(35);
  });

  it.each(changes)('names %s', async (_, change, undo, said) => {
    expect(sayAll(await find())).toEqual([]);
    await opened.owner(change);
    const found = await find();
    await opened.owner(undo);
    expect(sayAll(found)).toEqual(said);
  });

  it('names what a restore without owners and privileges lacks, and its suggestions suffice', async () => {
    if (engine.name === 'pglite') return;
    await opened.owner(
      `revoke all on all tables in schema rental from ${role}; revoke usage on schema rental from ${role}`,
    );
    for (let turn = 0; turn < 3; turn += 1) await opened.owner(...suggestionsOf(await find()));
    expect(sayAll(await find())).toEqual([]);
  });
});
