// Changes of a bazaar and a harbour with a measured baseline: what the check says, beside what PostgreSQL then really does.
import { expect, it } from '@jest/globals';
import { describeOnEachEngine } from '../support/database.ts';
import { judgeChanges } from '../support/judge-changes.ts';
import { bazaar } from '../support/bazaar.ts';
import { bazaarBreaking } from '../support/bazaar-changes.ts';
import { bazaarHarmless, mergeIntoView } from '../support/bazaar-harmless-changes.ts';
import { harbour } from '../support/harbour.ts';
import { harbourBreaking, harbourHarmless } from '../support/harbour-changes.ts';

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
