// Changes of names, views and expressions with a measured baseline: what the check reports, and what PostgreSQL then does.
import { expect, it } from '@jest/globals';
import { describeOnEachEngine } from '../support/databases/database.ts';
import { judgeChanges } from '../support/check/judge-changes.ts';
import { namesAndViews } from '../support/schemas/names-and-views.ts';
import { namesAndViewsBreaking } from '../support/schemas/names-and-views-changes.ts';
import { namesAndViewsHarmless, mergeIntoView } from '../support/schemas/names-and-views-harmless-changes.ts';
import { expressions } from '../support/schemas/expressions.ts';
import { expressionsBreaking, expressionsHarmless } from '../support/schemas/expressions-changes.ts';

describeOnEachEngine('the check of another release with a baseline', (engine) => {
  const opened = judgeChanges(engine, namesAndViews, {
    breaking: namesAndViewsBreaking,
    harmless: namesAndViewsHarmless,
  });

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
  judgeChanges(engine, expressions, { breaking: expressionsBreaking, harmless: expressionsHarmless });
});
