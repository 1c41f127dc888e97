// Changes behind functions in SQL that PostgreSQL does not inline: what the check says, beside what a call then really does.
import { describeOnEachEngine } from '../support/database.ts';
import { forge } from '../support/forge.ts';
import { forgeBreaking, forgeHarmless } from '../support/forge-changes.ts';
import { judgeChanges } from '../support/judge-changes.ts';

describeOnEachEngine('the check of what happens inside functions', (engine) => {
  judgeChanges(engine, forge, { breaking: forgeBreaking, harmless: forgeHarmless });
});
