// Tests of a place: what the check says after each change, beside what PostgreSQL then really does.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Engine } from './database.ts';
import { openMarket, type Market } from './market-rig.ts';
import type { BreakingChange, Place, PlaceChange } from './place.ts';

export function judgeChanges(
  engine: Engine,
  place: Place,
  changes: { readonly breaking: readonly BreakingChange[]; readonly harmless: readonly PlaceChange[] },
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
