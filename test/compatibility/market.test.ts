// Changes of a market with a measured baseline: what the check says, beside what PostgreSQL then really does.
import { describeOnEachEngine } from '../support/database.ts';
import { judgeChanges } from '../support/judge-changes.ts';
import { market } from '../support/market.ts';
import { breaking, harmless } from '../support/market-changes.ts';
import { furtherBreaking, furtherHarmless } from '../support/market-further-changes.ts';

describeOnEachEngine('the check of a release with a baseline', (engine) => {
  judgeChanges(engine, market, {
    breaking: [...breaking, ...furtherBreaking],
    harmless: [...harmless, ...furtherHarmless],
  });
});
