// Changes of names, views and expressions with a measured baseline: what the check reports, and what PostgreSQL then does.
import { describe, expect, it } from '@jest/globals';
import { describeOnChosenEngines, engines } from '../support/databases/database.ts';
import { openFixture } from '../support/check/fixture-rig.ts';
import { judgeChanges } from '../support/check/judge-changes.ts';
import { namesAndViews } from '../support/schemas/names-and-views.ts';
import { namesAndViewsBreaking } from '../support/schemas/changes/names-and-views-changes.ts';
import {
  namesAndViewsHarmless,
  mergeIntoView,
} from '../support/schemas/changes/names-and-views-harmless-changes.ts';
import { expressions } from '../support/schemas/expressions.ts';
import { expressionsBreaking, expressionsHarmless } from '../support/schemas/changes/expressions-changes.ts';

describeOnChosenEngines('the check of another release with a baseline', (engine) => {
  judgeChanges(engine, namesAndViews, {
    breaking: namesAndViewsBreaking,
    harmless: namesAndViewsHarmless,
  });
});

describe('a change that only some versions of PostgreSQL refuse', () => {
  it.each(engines)('is judged as $name does it', async (engine) => {
    const opened = await openFixture(engine, namesAndViews);
    const { findings, broken } = await opened.change(mergeIntoView.sql);
    await opened.close();
    const refused = mergeIntoView.refusedBy.includes(engine.name) ? ['stalls.merge'] : [];
    expect(broken).toEqual(refused);
    expect(
      findings
        .filter(({ severity }) => severity !== 'info')
        .map(({ code, operations }) => `${code} ${operations.join(' ')}`),
    ).toEqual(refused.map((name) => `REL002 ${name}`));
  });
});

describeOnChosenEngines('the check of a third release with a baseline', (engine) => {
  judgeChanges(engine, expressions, { breaking: expressionsBreaking, harmless: expressionsHarmless });
});
