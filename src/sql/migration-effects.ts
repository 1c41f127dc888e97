// What a migration's statements do to existing data: what they drop, empty, or change to another type. The parser
// decides, so words in comments and strings do not count. For a DO block, only such words can be detected.
import { parseSql } from './pg-parser.ts';
import { listOf, memberOf, namesOf, recordOf, relationOf, textOf, type TreeRecord } from './parse-tree.ts';

export type DataEffect =
  | { readonly kind: 'create'; readonly table: string }
  /** `table`: whose rows are lost; `undefined` when not one table. */
  | { readonly kind: 'destroy'; readonly table: string | undefined; readonly sentence: string }
  | { readonly kind: 'retype'; readonly table: string; readonly column: string; readonly type: WrittenType };

export interface WrittenType {
  /** PostgreSQL's own name: int4, varchar, timestamptz. */
  readonly name: string;
  readonly modifiers: readonly number[];
  readonly text: string;
}

/** In the order of the file; `undefined` when it does not parse. */
export function findDestruction(sql: string): readonly DataEffect[] | undefined {
  const parsed = parseSql(sql);
  if (!parsed.ok) return undefined;
  return parsed.statements.flatMap((statement) => {
    const [entry] = Object.entries(recordOf(memberOf(statement, 'stmt')));
    return entry === undefined ? [] : effectsOf(entry[0], recordOf(entry[1]));
  });
}

const dropped: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'table',
  OBJECT_FOREIGN_TABLE: 'foreign table',
  OBJECT_SCHEMA: 'schema',
  OBJECT_SEQUENCE: 'sequence',
};

function effectsOf(kind: string, body: TreeRecord): DataEffect[] {
  switch (kind) {
    case 'CreateStmt':
      // A table that may have existed before may have rows.
      return body['if_not_exists'] === true ? [] : [{ kind: 'create', table: spell(body['relation']) }];
    case 'CreateTableAsStmt':
      return body['if_not_exists'] === true
        ? []
        : [{ kind: 'create', table: spell(memberOf(body['into'], 'rel')) }];
    case 'DropStmt':
      return dropEffects(body);
    case 'DropdbStmt':
      return [destroy(undefined, `drops the database ${textOf(body['dbname'])}`)];
    case 'DropOwnedStmt':
      return [destroy(undefined, 'drops everything that a role owns')];
    case 'TruncateStmt':
      return listOf(body['relations']).map((node) => {
        const table = spell(memberOf(node, 'RangeVar'));
        return destroy(table, `empties the table ${table}`);
      });
    case 'DeleteStmt': {
      if (body['whereClause'] !== undefined || body['usingClause'] !== undefined) return [];
      const table = spell(body['relation']);
      return [destroy(table, `deletes every row of ${table}`)];
    }
    case 'AlterTableStmt':
      return alterEffects(body);
    case 'DoStmt': {
      const named = /\b(drop|truncate)\b/i.exec(JSON.stringify(body))?.[1];
      return named === undefined
        ? []
        : [destroy(undefined, `runs a DO block that names ${named.toUpperCase()}`)];
    }
    default:
      return [];
  }
}

function dropEffects({ removeType, objects, behavior }: TreeRecord): DataEffect[] {
  const type = textOf(removeType);
  // Dropping a type or a domain drops the columns that use it; dropping an extension drops what it created.
  const takesAlong =
    behavior === 'DROP_CASCADE' && ['OBJECT_TYPE', 'OBJECT_DOMAIN', 'OBJECT_EXTENSION'].includes(type);
  const what =
    dropped[type] ?? (takesAlong ? `${type.slice(7).toLowerCase()} with everything that uses it:` : '');
  if (what === '') return [];
  return listOf(objects).map((node) => {
    const name = nameOf(node);
    return destroy(type === 'OBJECT_TABLE' ? name : undefined, `drops the ${what} ${name}`);
  });
}

function alterEffects({ relation, cmds, objtype }: TreeRecord): DataEffect[] {
  const table = spell(relation);
  return listOf(cmds).flatMap((node): DataEffect[] => {
    const { subtype, name, def } = recordOf(memberOf(node, 'AlterTableCmd'));
    const column = textOf(name);
    if (subtype === 'AT_DropColumn') {
      const what = objtype === 'OBJECT_TYPE' ? 'attribute' : 'column';
      return [destroy(table, `drops the ${what} ${table}.${column}`)];
    }
    if (subtype !== 'AT_AlterColumnType') return [];
    const type = memberOf(memberOf(def, 'ColumnDef'), 'typeName');
    return [{ kind: 'retype', table, column, type: readType(type) }];
  });
}

function destroy(table: string | undefined, sentence: string): DataEffect {
  return { kind: 'destroy', table, sentence };
}

function readType(typeName: unknown): WrittenType {
  const name = namesOf(memberOf(typeName, 'names')).at(-1) ?? '';
  const modifiers = listOf(memberOf(typeName, 'typmods')).flatMap((node) => {
    // The parser omits a zero.
    const value = memberOf(memberOf(memberOf(node, 'A_Const'), 'ival'), 'ival') ?? 0;
    return typeof value === 'number' ? [value] : [];
  });
  return { name, modifiers, text: modifiers.length === 0 ? name : `${name}(${modifiers.join(',')})` };
}

/** For an item of DropStmt.objects. */
function nameOf(node: unknown): string {
  const { List: list, String: single, TypeName: type } = recordOf(node);
  if (single !== undefined) return textOf(memberOf(single, 'sval'));
  return namesOf(list === undefined ? memberOf(type, 'names') : memberOf(list, 'items')).join('.');
}

function spell(rangeVar: unknown): string {
  const { schema, name } = relationOf(rangeVar);
  return schema === undefined ? name : `${schema}.${name}`;
}
