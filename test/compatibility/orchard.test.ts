// Functions whose results change: what the check says, beside what PostgreSQL then really does.
import { describeOnEachEngine } from '../support/database.ts';
import { judgeChanges } from '../support/judge-changes.ts';
import { orchard } from '../support/orchard.ts';
import { orchardBreaking, orchardHarmless } from '../support/orchard-changes.ts';

describeOnEachEngine('the check of a release that calls functions', (engine) => {
  judgeChanges(engine, orchard, { breaking: orchardBreaking, harmless: orchardHarmless });
});
