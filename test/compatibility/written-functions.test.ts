// Functions that PostgreSQL calls when it writes a row: what the check says when the role may not execute them any more, beside
// what PostgreSQL then really does.
import { describeOnEachEngine } from '../support/database.ts';
import { judgeChanges } from '../support/judge-changes.ts';
import { mill, millBreaking, millHarmless } from '../support/mill.ts';

describeOnEachEngine('the check of a role that may not execute what writes call', (engine) => {
  judgeChanges(engine, mill, { breaking: millBreaking, harmless: millHarmless });
});
