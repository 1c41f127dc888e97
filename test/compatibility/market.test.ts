// Changes of a market with a measured baseline: what the check says, beside what PostgreSQL then really does.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeOnEachEngine, type Engine } from '../support/database.ts';
import { openMarket, type Market } from '../support/market-rig.ts';
import { bazaar } from '../support/bazaar.ts';
import { bazaarBreaking } from '../support/bazaar-changes.ts';
import { bazaarHarmless, mergeIntoView } from '../support/bazaar-harmless-changes.ts';
import { harbour } from '../support/harbour.ts';
import { harbourBreaking, harbourHarmless } from '../support/harbour-changes.ts';
import { market, type Place } from '../support/market.ts';
import { breaking, harmless, type BreakingChange, type MarketChange } from '../support/market-changes.ts';
import { furtherBreaking, furtherHarmless } from '../support/market-further-changes.ts';

describeOnEachEngine('the check of a release with a baseline', (engine) => {
  judgeChanges(engine, market, {
    breaking: [...breaking, ...furtherBreaking],
    harmless: [...harmless, ...furtherHarmless],
  });
});

describeOnEachEngine('the check of another release with a baseline', (engine) => {
  const opened = judgeChanges(engine, bazaar, { breaking: bazaarBreaking, harmless: bazaarHarmless });

  it(`agrees with PostgreSQL on ${mergeIntoView.title}`, async () => {
    const { findings, broken } = await opened().change(mergeIntoView.sql);
    const refused = mergeIntoView.refusedBy.includes(engine.name) ? ['stalls.merge'] : [];
    expect(broken).toEqual(refused);
    expect(
      findings
        .filter(({ severity }) => severity !== 'info')
        .map(({ code, operations }) => `${code} ${operations.join(' ')}`),
    ).toEqual(refused.map((name) => `REL002 ${name}`));
  });
});

describeOnEachEngine('the check of a third release with a baseline', (engine) => {
  judgeChanges(engine, harbour, { breaking: harbourBreaking, harmless: harbourHarmless });
});

function judgeChanges(
  engine: Engine,
  place: Place,
  changes: { readonly breaking: readonly BreakingChange[]; readonly harmless: readonly MarketChange[] },
): () => Market {
  let opened: Market;
  beforeAll(async () => {
    opened = await openMarket(engine, place);
  });
  afterAll(() => opened.close());

  it.each(changes.breaking)('says what $title breaks', async ({ sql, says, breaks }) => {
    const { findings, broken } = await opened.change(sql);
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
    if (breaks !== 'by value') expect([...broken].sort()).toEqual([...blocked].sort());
  });

  it.each(changes.harmless)('has nothing to say of $title', async ({ sql }) => {
    const { findings, broken } = await opened.change(sql);
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(broken).toEqual([]);
  });

  return () => opened;
}
