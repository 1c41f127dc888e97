// Changes behind functions in PL/pgSQL: what the check says, beside what a call then really does.
import { describeOnEachEngine } from '../support/database.ts';
import { judgeChanges } from '../support/judge-changes.ts';
import { studio } from '../support/studio.ts';
import { studioBreaking, studioHarmless } from '../support/studio-changes.ts';

describeOnEachEngine('the check of what happens inside functions in PL/pgSQL', (engine) => {
  judgeChanges(engine, studio, { breaking: studioBreaking, harmless: studioHarmless });
});
