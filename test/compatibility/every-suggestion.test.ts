// Every suggestion after every breaking change of two fixtures: it applies, and fewer findings block.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isBlocking } from '../../src/model/finding.ts';
import { namesAndViews } from '../support/schemas/names-and-views.ts';
import { namesAndViewsBreaking } from '../support/schemas/changes/names-and-views-changes.ts';
import { engines } from '../support/databases/database.ts';
import { broadSchema } from '../support/schemas/broad-schema.ts';
import { breaking } from '../support/schemas/changes/broad-schema-changes.ts';
import { furtherBreaking } from '../support/schemas/changes/broad-schema-further-changes.ts';
import { openFixture, type FixtureRig } from '../support/check/fixture-rig.ts';
import { splitLines, suggestionsOf } from '../support/check/suggested-migrations.ts';

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

  it.each(changes)('applies after $title, and fewer findings block', async ({ sql }) => {
    const before = (await opened.change(sql)).findings.filter(isBlocking);
    const migrations = suggestionsOf(before);
    if (migrations.length === 0) return;
    const after = (await opened.change([sql, ...migrations.flatMap(splitLines)])).findings.filter(isBlocking);
    const mended = before.filter(
      ({ code, object }) => !after.some((one) => one.code === code && one.object === object),
    );
    expect(mended.length).toBeGreaterThanOrEqual(migrations.length);
    expect(after.length).toBeLessThanOrEqual(before.length - migrations.length);
  });
});
