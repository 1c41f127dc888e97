// The tests of a fixture: what the check reports after each change, and what PostgreSQL then really does.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Engine } from '../databases/database.ts';
import { openFixture, type FixtureRig } from './fixture-rig.ts';
import type { BreakingChange, Fixture, FixtureChange } from './fixture.ts';

export function judgeChanges(
  engine: Engine,
  fixture: Fixture,
  changes: { readonly breaking: readonly BreakingChange[]; readonly harmless: readonly FixtureChange[] },
): () => FixtureRig {
  let opened: FixtureRig;
  beforeAll(async () => {
    opened = await openFixture(engine, fixture);
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
