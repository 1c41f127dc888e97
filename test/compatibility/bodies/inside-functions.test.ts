// Changes behind functions in SQL that PostgreSQL does not inline: what the check says, beside what a call then really does.
import { describeOnChosenEngines } from '../../support/databases/database.ts';
import { sqlBodies } from '../../support/schemas/sql-bodies.ts';
import { sqlBodiesBreaking, sqlBodiesHarmless } from '../../support/schemas/changes/sql-bodies-changes.ts';
import { judgeChanges } from '../../support/check/judge-changes.ts';

describeOnChosenEngines('the check of what happens inside functions', (engine) => {
  judgeChanges(engine, sqlBodies, { breaking: sqlBodiesBreaking, harmless: sqlBodiesHarmless });
});
