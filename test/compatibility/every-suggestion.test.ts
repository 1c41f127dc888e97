// Every suggestion after every change of the market and the bazaar: it applies, and fewer findings block.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isBlocking } from '../../src/model/finding.ts';
import { bazaar } from '../support/bazaar.ts';
import { bazaarBreaking } from '../support/bazaar-changes.ts';
import { engines } from '../support/database.ts';
import { market } from '../support/market.ts';
import { breaking } from '../support/market-changes.ts';
import { furtherBreaking } from '../support/market-further-changes.ts';
import { openMarket, type Market } from '../support/market-rig.ts';
import { splitLines, suggestionsOf } from '../support/suggested-migrations.ts';

const places = [
  { name: 'market', place: market, changes: [...breaking, ...furtherBreaking] },
  { name: 'bazaar', place: bazaar, changes: bazaarBreaking },
];
const [embedded] = engines;

describe.each(places)('every suggestion for the $name', ({ place, changes }) => {
  let opened: Market;
  beforeAll(async () => {
    if (embedded === undefined) throw new Error('there is no engine');
    opened = await openMarket(embedded, place);
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
