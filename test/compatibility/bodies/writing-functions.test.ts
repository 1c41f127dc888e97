// Operations of mode read whose functions begin to write: what the check says, beside what PostgreSQL then really does.
import { describeOnEachEngine } from '../../support/databases/database.ts';
import { judgeChanges } from '../../support/check/judge-changes.ts';
import {
  writingFunctions,
  writingFunctionsBreaking,
  writingFunctionsHarmless,
} from '../../support/schemas/writing-functions.ts';

describeOnEachEngine('the check of reads through functions', (engine) => {
  judgeChanges(engine, writingFunctions, {
    breaking: writingFunctionsBreaking,
    harmless: writingFunctionsHarmless,
  });
});
