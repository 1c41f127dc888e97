// Operations of mode read whose functions begin to write: what the check says, beside what PostgreSQL then really does.
import { describeOnEachEngine } from '../support/database.ts';
import { judgeChanges } from '../support/judge-changes.ts';
import { kiosk, kioskBreaking, kioskHarmless } from '../support/kiosk.ts';

describeOnEachEngine('the check of reads through functions', (engine) => {
  judgeChanges(engine, kiosk, { breaking: kioskBreaking, harmless: kioskHarmless });
});
