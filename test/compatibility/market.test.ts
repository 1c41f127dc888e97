// Changes of a market with a measured baseline: what the check says, beside what PostgreSQL then really does.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeOnEachEngine } from '../support/database.ts';
import { openMarket, type Market } from '../support/market-rig.ts';
import { breaking, harmless } from '../support/market-changes.ts';
import { furtherBreaking, furtherHarmless } from '../support/market-further-changes.ts';

describeOnEachEngine('the check of a release with a baseline', (engine) => {
  let market: Market;
  beforeAll(async () => {
    market = await openMarket(engine);
  });
  afterAll(() => market.close());

  it.each([...breaking, ...furtherBreaking])('says what $title breaks', async ({ sql, says, breaks }) => {
    const { findings, broken } = await market.change(sql);
    const said = findings
      .filter(({ severity }) => severity !== 'info')
      .map(({ code, object, operations }) => `${code} ${object}: ${operations.join(' ')}`);
    expect(said.sort()).toEqual([...says].sort());
    const blocked = new Set(
      findings.filter(({ severity }) => severity === 'block').flatMap(({ operations }) => operations),
    );
    const warned = new Set(findings.flatMap(({ operations }) => operations));
    // What PostgreSQL refuses or answers differently, a finding names.
    expect(broken.filter((name) => !warned.has(name))).toEqual([]);
    if (breaks !== 'by value') expect(broken).toEqual([...blocked].sort());
  });

  it.each([...harmless, ...furtherHarmless])('has nothing to say of $title', async ({ sql }) => {
    const { findings, broken } = await market.change(sql);
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(broken).toEqual([]);
  });
});
