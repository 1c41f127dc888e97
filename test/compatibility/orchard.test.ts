// Functions whose results change, and collations: what the check says, beside what PostgreSQL then really does.
import { expect, it } from '@jest/globals';
import { describeOnEachEngine } from '../support/database.ts';
import { judgeChanges } from '../support/judge-changes.ts';
import { orchard } from '../support/orchard.ts';
import { orchardBreaking, orchardHarmless } from '../support/orchard-changes.ts';

describeOnEachEngine('the check of a release of functions and collations', (engine) => {
  const opened = judgeChanges(engine, orchard, { breaking: orchardBreaking, harmless: orchardHarmless });

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
