// Views that read each other over so many paths that to walk each of them would never end.
import { expect, it } from '@jest/globals';
import { askDatabase } from '../../src/compatibility/check/ask-database.ts';
import { undoRenames } from '../../src/compatibility/facts/renames.ts';
import { findMaterializedViewEmpty } from '../../src/compatibility/rules/relations/materialized-view-empty.ts';
import { aCheckedRelease, anOperation } from '../support/check/checked-release.ts';
import { describeOnChosenEngines } from '../support/databases/database.ts';

describeOnChosenEngines('the check of views over views over views', (engine) => {
  it('follows each of them once', async () => {
    const opened = await engine.open({
      sql: `create materialized view dry as select 1 as id with no data; create view top as select id from dry`,
    });
    try {
      const { database } = opened;
      const checked = await aCheckedRelease({
        schema: {},
        operations: { top: anOperation('select id from top') },
      });
      const context = await database.inspect((session) => askDatabase(session, database.engine, checked));
      const { catalogue } = context;
      const top = catalogue.relations.find(({ name }) => name === 'top');
      const dry = catalogue.relations.find(({ name }) => name === 'dry');
      if (top === undefined || dry === undefined) throw new Error('the views are not there');
      // PostgreSQL itself would not end with a plan.
      const oids = (level: number): number[] =>
        level < 7 ? Array.from({ length: 9 }, (_, n) => -10 * (level + 1) - n) : [dry.oid];
      const between = Array.from({ length: 7 }, (_, level) =>
        oids(level).map((oid) => ({ ...top, oid, name: `view${oid}`, behind: oids(level + 1) })),
      ).flat();
      const wide = { ...top, behind: oids(0) };
      const many = { ...context, catalogue: { ...catalogue, relations: [wide, dry, ...between] } };
      expect(findMaterializedViewEmpty(many)).toMatchObject([
        { code: 'REL005', operations: ['top'], migration: expect.stringMatching(/^refresh [^;]*dry;$/) },
      ]);
      expect(undoRenames(many, wide)).toBe(top.definition);
    } finally {
      await opened.close();
    }
  });
});
