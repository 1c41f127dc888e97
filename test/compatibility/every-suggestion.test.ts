// Every suggestion after the breaking changes of two fixtures: it applies as it stands, and the finding that printed it is gone.
// A third of the changes here, all of them with `npm run test:engines`.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/model/finding.ts';
import { namesAndViews } from '../support/schemas/names-and-views.ts';
import { namesAndViewsBreaking } from '../support/schemas/changes/names-and-views-changes.ts';
import { engines } from '../support/databases/database.ts';
import { sampled } from '../support/soak.ts';
import { broadSchema } from '../support/schemas/broad-schema.ts';
import { breaking } from '../support/schemas/changes/broad-schema-changes.ts';
import { furtherBreaking } from '../support/schemas/changes/broad-schema-further-changes.ts';
import { openFixture, type FixtureRig } from '../support/check/fixture-rig.ts';
import { splitLines } from '../support/check/suggested-migrations.ts';

const fixtures = [
  { name: 'broad schema', fixture: broadSchema, changes: [...breaking, ...furtherBreaking] },
  { name: 'schema of names and views', fixture: namesAndViews, changes: namesAndViewsBreaking },
];
const [embedded] = engines;

describe.each(fixtures)('every suggestion for the $name', ({ fixture, changes }) => {
  let opened: FixtureRig;
  beforeAll(async () => {
    if (embedded === undefined) throw new Error('there is no engine');
    opened = await openFixture(embedded, fixture);
  });
  afterAll(() => opened.close());

  it.each(sampled(changes))('mends $title', async ({ sql }) => {
    const before = await opened.make(sql);
    const suggesting = before.filter(({ migration }) => migration !== undefined);
    if (suggesting.length === 0) return;
    const lines = [...new Set(suggesting.flatMap(({ migration = '' }) => splitLines(migration)))];
    const after = await opened.apply(lines);
    const isThere = ({ code, object }: Finding): boolean =>
      after.some((one) => one.code === code && one.object === object);
    expect(suggesting.filter(isThere)).toEqual([]);
  });
});
