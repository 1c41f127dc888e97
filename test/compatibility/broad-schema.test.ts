// Changes of a broad schema with a measured baseline: what the check reports, and what PostgreSQL then really does.
import { describeOnChosenEngines } from '../support/databases/database.ts';
import { judgeChanges } from '../support/check/judge-changes.ts';
import { broadSchema } from '../support/schemas/broad-schema.ts';
import { breaking, harmless } from '../support/schemas/changes/broad-schema-changes.ts';
import { furtherBreaking, furtherHarmless } from '../support/schemas/changes/broad-schema-further-changes.ts';

describeOnChosenEngines('the check of a release with a baseline', (engine) => {
  judgeChanges(engine, broadSchema, {
    breaking: [...breaking, ...furtherBreaking],
    harmless: [...harmless, ...furtherHarmless],
  });
});
