// Functions whose results change, and collations: what the check says, beside what PostgreSQL then really does.
import { expect, it } from '@jest/globals';
import { describeOnChosenEngines } from '../support/databases/database.ts';
import { judgeChanges } from '../support/check/judge-changes.ts';
import { functionResults } from '../support/schemas/function-results.ts';
import {
  functionResultsBreaking,
  functionResultsHarmless,
} from '../support/schemas/changes/function-results-changes.ts';

describeOnChosenEngines('the check of a release of functions and collations', (engine) => {
  const opened = judgeChanges(engine, functionResults, {
    breaking: functionResultsBreaking,
    harmless: functionResultsHarmless,
  });

  it('suggests the collation that was there', async () => {
    const changes = ['drop view label_codes; alter table labels alter code type text'];
    const { findings } = await opened().change(changes);
    const migrations = findings.flatMap(({ migration }) => migration ?? []);
    expect(migrations.map((one) => one.replace(/table .*\./, 'table '))).toEqual([
      'alter table labels alter column code type text collate "C";',
    ]);
    const view = 'create view label_codes as select id, code from labels';
    expect(await opened().change([...changes, ...migrations, view])).toEqual({ findings: [], broken: [] });
  });

  it('says nothing of a collation to a release that may not have measured it', async () => {
    const { findings } = await opened().change('alter table labels alter hint type varchar(20) collate "C"');
    expect(findings).toEqual([]);
  });
});
