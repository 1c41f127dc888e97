// Every place where a statement names columns, with the relations that they may belong to: resolves aliases, WITH
// queries and nested queries from the parse tree. Only a catalogue knows which relation has a column.
import { ColumnNotes } from './column-notes.ts';
import {
  findSource,
  readOutputs,
  readRelation,
  readSelectOutputs,
  readSide,
  readSources,
  withAliases,
  type Level,
  type NamedQueries,
  type Outputs,
  type Source,
} from './column-scope.ts';
import { children, listOf, memberOf, namesOf, recordOf, textOf, type TreeRecord } from './parse-tree.ts';
import type { ColumnUse } from './statement.ts';

interface QueryPlace {
  readonly level: Level | undefined;
  readonly queries: NamedQueries;
}

export interface CollectedColumns {
  readonly uses: ColumnUse[];
  /** By the lists of names in the parse tree: the owner of the last name, or of the first indirection. */
  readonly owners: ReadonlyMap<readonly unknown[], Source>;
}

/** `statement`: with its node name. Throws RangeError when it is nested too deeply. */
export function collectColumnUses(statement: unknown): CollectedColumns {
  const collector = new Collector();
  collector.query(statement, { level: undefined, queries: new Map() });
  return collector.collected;
}

class Collector {
  readonly #notes = new ColumnNotes();

  get collected(): CollectedColumns {
    return this.#notes;
  }

  query(node: unknown, place: QueryPlace): void {
    const [kind = '', value] = Object.entries(recordOf(node))[0] ?? [];
    const body = recordOf(value);
    const within = { ...place, queries: this.#with(body, place) };
    switch (kind) {
      case 'SelectStmt':
        return this.#select(body, within);
      case 'InsertStmt':
        return this.#insert(body, within);
      case 'UpdateStmt':
      case 'DeleteStmt':
      case 'MergeStmt':
        return this.#change(kind, body, within);
      default:
        return this.#expression(node, place);
    }
  }

  /** Without RECURSIVE, a query only sees earlier ones. */
  #with(body: TreeRecord, place: QueryPlace): NamedQueries {
    const clause = recordOf(body['withClause']);
    const wrapped = listOf(clause['ctes']);
    if (wrapped.length === 0) return place.queries;
    const queries = new Map(place.queries);
    const named = wrapped.map((item) => recordOf(memberOf(item, 'CommonTableExpr')));
    const define = (query: TreeRecord): unknown =>
      queries.set(
        textOf(query['ctename']),
        withAliases(readOutputs(query['ctequery']), namesOf(query['aliascolnames'])),
      );
    if (clause['recursive'] === true) for (const query of named) define(query);
    for (const query of named) {
      this.query(query['ctequery'], { ...place, queries: new Map(queries) });
      define(query);
    }
    return queries;
  }

  #select(body: TreeRecord, place: QueryPlace, { isExists = false } = {}): void {
    for (const side of ['larg', 'rarg']) {
      const half = recordOf(body[side]);
      if (body[side] !== undefined) this.#select(half, { ...place, queries: this.#with(half, place) });
    }
    const inner = this.#from(listOf(body['fromClause']), place);
    const outputs = readSelectOutputs(body);
    for (const target of listOf(body['targetList'])) {
      const value = memberOf(memberOf(target, 'ResTarget'), 'val');
      if (!isExists || !isStar(value)) this.#expression(value, inner);
    }
    const isCombined = body['larg'] !== undefined;
    for (const key of ['sortClause', 'distinctClause'])
      for (const item of listOf(body[key]))
        if (!isOutput(memberOf(memberOf(item, 'SortBy'), 'node') ?? item, outputs, isCombined))
          this.#expression(item, inner);
    const done = ['withClause', 'intoClause', 'larg', 'rarg', 'fromClause', 'targetList', 'sortClause'];
    for (const [, value] of children(body, [...done, 'distinctClause', 'lockingClause']))
      this.#expression(value, inner);
  }

  #insert(body: TreeRecord, place: QueryPlace): void {
    const target = readRelation(recordOf(body['relation']), new Map());
    this.#notes.noteTargets(body['cols'], target, 'insert');
    this.query(body['selectStmt'], place);
    const conflict = recordOf(body['onConflictClause']);
    const infer = recordOf(conflict['infer']);
    for (const item of listOf(infer['indexElems'])) {
      const name = textOf(memberOf(memberOf(item, 'IndexElem'), 'name'));
      if (name !== '') this.#notes.note(name, [target.relation]);
    }
    this.#expression(infer, at(place, [target]));
    this.#notes.noteTargets(conflict['targetList'], target, 'update');
    const updating = at(place, [target, { ...target, name: 'excluded', needsName: true }]);
    this.#expression(conflict['targetList'], updating);
    this.#expression(conflict['whereClause'], updating);
    this.#returning(body, target, at(place, [target]));
  }

  #change(kind: string, body: TreeRecord, place: QueryPlace): void {
    const target = readRelation(recordOf(body['relation']), new Map());
    const others = [
      ...listOf(body['fromClause']),
      ...listOf(body['usingClause']),
      ...(body['sourceRelation'] === undefined ? [] : [body['sourceRelation']]),
    ];
    const inner = this.#from(others, place, [target]);
    if (kind === 'UpdateStmt') this.#notes.noteTargets(body['targetList'], target, 'update');
    for (const item of listOf(body['mergeWhenClauses'])) {
      const clause = recordOf(memberOf(item, 'MergeWhenClause'));
      const isInsert = clause['commandType'] === 'CMD_INSERT';
      this.#notes.noteTargets(clause['targetList'], target, isInsert ? 'insert' : 'update');
    }
    const done = ['withClause', 'relation', 'fromClause', 'usingClause', 'sourceRelation', 'returningClause'];
    for (const [, value] of children(body, done)) this.#expression(value, inner);
    this.#returning(body, target, inner);
  }

  #returning(body: TreeRecord, target: Source, place: QueryPlace): void {
    const clause = recordOf(body['returningClause']);
    const renamed = listOf(clause['options']).map((item) =>
      textOf(memberOf(memberOf(item, 'ReturningOption'), 'value')),
    );
    const rows = ['old', 'new', ...renamed].map((name): Source => ({ ...target, name, needsName: true }));
    const level = { sources: [...(place.level?.sources ?? []), ...rows], outer: place.level?.outer };
    this.#expression(clause['exprs'], { ...place, level });
  }

  /** The level of a FROM; also visits its content. */
  #from(items: readonly unknown[], place: QueryPlace, targets: readonly Source[] = []): QueryPlace {
    const sources = [...targets, ...items.flatMap((item) => readSources(item, place.queries))];
    for (const { relation, columns } of sources)
      // Which columns such aliases rename depends on their order in the table.
      if (columns.length > 0) this.#notes.note(undefined, [relation]);
    const before: Source[] = [...targets];
    for (const item of items) before.push(...this.#fromItem(item, place, before));
    return at(place, sources);
  }

  /** `before`: visible to LATERAL and functions. Returns the item's own sources. */
  #fromItem(item: unknown, place: QueryPlace, before: readonly Source[]): Source[] {
    const [kind = '', value] = Object.entries(recordOf(item))[0] ?? [];
    const body = recordOf(value);
    const sources = readSources(item, place.queries);
    if (kind === 'RangeSubselect')
      this.query(body['subquery'], body['lateral'] === true ? at(place, before) : place);
    else if (kind === 'JoinExpr') this.#join(body, place, before);
    else if (kind !== 'RangeVar') this.#expression(body, at(place, before));
    return sources;
  }

  #join(body: TreeRecord, place: QueryPlace, before: readonly Source[]): void {
    const left = this.#fromItem(body['larg'], place, before);
    const right = this.#fromItem(body['rarg'], place, [...before, ...left]);
    this.#expression(body['quals'], at(place, [...left, ...right]));
    const [ofLeft, ofRight] = [readSide(left), readSide(right)];
    for (const name of namesOf(body['usingClause']))
      this.#notes.note(name, [...ofLeft.relations, ...ofRight.relations]);
    if (body['isNatural'] !== true) return;
    this.#notes.noteNatural(ofLeft, ofRight);
  }

  #expression(node: unknown, place: QueryPlace): void {
    if (Array.isArray(node)) {
      for (const item of node) this.#expression(item, place);
      return;
    }
    for (const [key, value] of Object.entries(recordOf(node))) {
      if (key === 'ColumnRef') this.#notes.noteReference(listOf(memberOf(value, 'fields')), place.level);
      else if (key === 'A_Indirection') this.#part(recordOf(value), place);
      else if (key === 'SubLink') this.#subLink(recordOf(value), place);
      else if (key === 'SelectStmt') this.query({ [key]: value }, place);
      else if (typeof value === 'object') this.#expression(value, place);
    }
  }

  #subLink(body: TreeRecord, place: QueryPlace): void {
    this.#expression(body['testexpr'], place);
    const select = recordOf(memberOf(body['subselect'], 'SelectStmt'));
    // The select list of EXISTS is never evaluated.
    const isExists = textOf(body['subLinkType']) === 'EXISTS_SUBLINK';
    this.#select(select, { ...place, queries: this.#with(select, place) }, { isExists });
  }

  /** `(t).a` of a whole row is a column; `(a).b` of a column is a part of it. */
  #part(body: TreeRecord, place: QueryPlace): void {
    const fields = listOf(memberOf(memberOf(body['arg'], 'ColumnRef'), 'fields'));
    const [first] = listOf(body['indirection']);
    const row = fields.length === 1 ? findSource(place.level, namesOf(fields)) : undefined;
    if (row?.relation !== undefined && memberOf(first, 'String') !== undefined)
      this.#notes.noteReference([...fields, first], place.level, listOf(body['indirection']));
    else this.#expression(body['arg'], place);
    this.#expression(body['indirection'], place);
  }
}

function at(place: QueryPlace, sources: readonly Source[]): QueryPlace {
  return { ...place, level: { sources, outer: place.level } };
}

function isStar(node: unknown): boolean {
  return 'A_Star' in recordOf(listOf(memberOf(memberOf(node, 'ColumnRef'), 'fields')).at(-1));
}

/** ORDER BY and DISTINCT ON search for a plain name in the result's columns first. */
function isOutput(node: unknown, { names }: Outputs, isCombined: boolean): boolean {
  const fields = namesOf(memberOf(memberOf(node, 'ColumnRef'), 'fields'));
  return fields.length === 1 && (isCombined || names.includes(fields[0] ?? ''));
}
