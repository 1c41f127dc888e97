// The column uses that a walk over a statement finds: the relations that each may belong to at its position.
// column-uses.ts walks.
import { findLevels, findSource, listLevels, relationsIn, type Level, type Source } from './column-scope.ts';
import { listOf, memberOf, namesOf, recordOf, textOf } from './parse-tree.ts';
import type { ColumnUse, JoinSide, RelationName } from './statement.ts';

const everyColumn: ColumnUse = {
  column: undefined,
  levels: [],
  access: 'read',
  row: undefined,
  naturalWith: undefined,
};

export class ColumnNotes {
  readonly uses: ColumnUse[] = [];
  /** The part before the last dot, by the list in the parse tree. */
  readonly owners = new Map<readonly unknown[], Source>();

  /** `fields`: of a ColumnRef at a place where `level` is visible. `key`: its list in the parse tree. */
  noteReference(fields: readonly unknown[], level: Level | undefined, key = fields): void {
    const isEvery = 'A_Star' in recordOf(fields.at(-1));
    const names = namesOf(isEvery ? fields.slice(0, -1) : fields);
    const column = isEvery ? undefined : names.pop();
    if (names.length > 0) {
      const source = findSource(level, names);
      if (source !== undefined) this.owners.set(key, source);
      if (source?.relation !== undefined) this.note(column, [source.relation]);
      else if (source === undefined) this.note(column, listLevels(level).flat());
      else this.note(column, relationsIn(source.members));
    } else if (column === undefined) {
      this.note(undefined, relationsIn((level?.sources ?? []).filter(({ needsName }) => !needsName)));
    } else {
      const levels = findLevels(level, column);
      const row = findSource(level, [column])?.relation;
      if (row !== undefined || levels.some(({ length }) => length > 0))
        this.uses.push({ ...everyColumn, column, levels, row });
    }
  }

  /** The targets of assignments or inserts. */
  noteTargets(list: unknown, target: Source, access: ColumnUse['access']): void {
    for (const item of listOf(list)) {
      const name = textOf(memberOf(memberOf(item, 'ResTarget'), 'name'));
      if (name !== '') this.note(name, [target.relation], access);
    }
  }

  /** NATURAL JOIN: by all names that both sides have. */
  noteNatural(left: JoinSide, right: JoinSide): void {
    this.uses.push({ ...everyColumn, levels: [left.relations], naturalWith: right });
    this.uses.push({ ...everyColumn, levels: [right.relations], naturalWith: left });
  }

  /** `column` of each known relation; `undefined` means any of them. */
  note(
    column: string | undefined,
    relations: readonly (RelationName | undefined)[],
    access: ColumnUse['access'] = 'read',
  ): void {
    const known = relations.flatMap((relation) => relation ?? []);
    if (known.length > 0) this.uses.push({ ...everyColumn, column, levels: [known], access });
  }
}
