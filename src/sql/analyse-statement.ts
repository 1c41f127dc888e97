// Walks PostgreSQL's parse tree and says what the statement does: what it reads and writes, calls and assigns.
import {
  collectInsert,
  collectConflict,
  collectMergeInsert,
  assignmentsOf,
  scopeOf,
} from './analyse-writes.ts';
import { collectColumnUses } from './column-uses.ts';
import { readCall } from './function-calls.ts';
import { readSequenceCall } from './sequence-calls.ts';
import { countCodePoints, mapBytes } from './pg-parser.ts';
import {
  children,
  listOf,
  memberOf,
  namesOf,
  recordOf,
  relationOf,
  textOf,
  type TreeRecord,
} from './parse-tree.ts';
import type {
  Assignment,
  ColumnUse,
  ConflictTarget,
  FunctionCall,
  InsertTarget,
  RelationName,
  StatementAnalysis,
} from './statement.ts';

type Access = StatementAnalysis['relations'][number]['access'];
type Scope = ReadonlySet<string>;

export type Analysed =
  | { readonly ok: true; readonly analysis: StatementAnalysis }
  | { readonly ok: false; readonly message: string };

const kinds: ReadonlyMap<string, StatementAnalysis['kind']> = new Map([
  ['SelectStmt', 'select'],
  ['InsertStmt', 'insert'],
  ['UpdateStmt', 'update'],
  ['DeleteStmt', 'delete'],
  ['MergeStmt', 'merge'],
]);

/** `statements`: the `stmts` of the parse result for `text`. */
export function analyseStatements(statements: readonly unknown[], text: string): Analysed {
  const walker = new Walker();
  const first = recordOf(memberOf(statements[0], 'stmt'));
  const node = Object.keys(first)[0] ?? 'nothing';
  const kind = kinds.get(node) ?? 'other';
  const columns: ColumnUse[] = [];
  try {
    for (const statement of statements) walker.walk(memberOf(statement, 'stmt'), new Set());
    if (kind !== 'other') columns.push(...collectColumnUses(memberOf(statements[0], 'stmt')));
  } catch (error) {
    if (error instanceof RangeError)
      return { ok: false, message: 'the statement is nested too deeply to be analysed' };
    throw error;
  }
  return {
    ok: true,
    analysis: walker.conclude({ statements: statements.length, kind, node, text, columns }),
  };
}

class Walker {
  readonly #relations = new Map<string, RelationName & { readonly access: Access }>();
  readonly #functions = new Map<string, RelationName>();
  readonly #calls: FunctionCall[] = [];
  readonly #sequences = new Map<string, StatementAnalysis['sequences'][number]>();
  readonly #inserts: InsertTarget[] = [];
  readonly #updates: { relation: RelationName; assignments: readonly Assignment[] }[] = [];
  readonly #conflicts: ConflictTarget[] = [];
  readonly #literals: { value: string; byte: number }[] = [];
  #writes = false;
  #locksRows = false;
  #selectsStar = false;

  walk(node: unknown, scope: Scope): void {
    if (Array.isArray(node)) {
      for (const item of node) this.walk(item, scope);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) this.#visit(key, value, scope);
  }

  #visit(key: string, value: unknown, scope: Scope): void {
    const body = recordOf(value);
    switch (key) {
      case 'SelectStmt':
      case 'larg':
      case 'rarg':
        return this.#select(body, scope);
      case 'InsertStmt':
        return this.#insert(body, scope);
      case 'UpdateStmt':
        return this.#update(body, scope);
      case 'DeleteStmt':
        this.#writes = true;
        return this.#target(body, 'delete', scope);
      case 'MergeStmt':
        return this.#merge(body, scope);
      case 'RangeVar':
        return this.#read(body, scope);
      case 'FuncCall':
        this.#call(namesOf(body['funcname']));
        this.#calls.push(...[readCall(body) ?? []].flat());
        this.#sequence(body);
        return this.walk(body, scope);
      case 'SQLValueFunction':
        return this.#call([
          textOf(body['op'])
            .replace(/^SVFOP_/, '')
            .replace(/_N$/, '')
            .toLowerCase(),
        ]);
      case 'A_Const':
        return this.#literal(body);
      case 'SubLink':
        return this.#subLink(body, scope);
      case 'LockingClause':
        // It names aliases of FROM, not relations.
        this.#locksRows = true;
        return;
      case 'ResTarget':
        this.#star(body);
        return this.walk(body, scope);
      default:
        return this.walk(value, scope);
    }
  }

  #select(body: TreeRecord, outer: Scope): void {
    const scope = this.#with(body, outer);
    const into = memberOf(body['intoClause'], 'rel');
    if (into !== undefined) {
      this.#writes = true;
      this.#relate(relationOf(into), 'insert');
    }
    // `larg` and `rarg` also name the sides of a join; here they are the sides of a set operation.
    for (const side of ['larg', 'rarg'])
      if (body[side] !== undefined) this.#select(recordOf(body[side]), scope);
    for (const [key, value] of children(body, ['withClause', 'intoClause', 'larg', 'rarg']))
      this.#visit(key, value, scope);
  }

  #insert(body: TreeRecord, outer: Scope): void {
    this.#writes = true;
    const relation = relationOf(body['relation']);
    this.#inserts.push(collectInsert(body));
    const conflict = body['onConflictClause'];
    if (conflict !== undefined) {
      this.#conflicts.push(collectConflict(relation, conflict));
      if (textOf(memberOf(conflict, 'action')) === 'ONCONFLICT_UPDATE') {
        this.#relate(relation, 'update');
        this.#updates.push({ relation, assignments: assignmentsOf(recordOf(conflict), scopeOf({})) });
      }
    }
    this.#target(body, 'insert', outer);
  }

  #update(body: TreeRecord, outer: Scope): void {
    this.#writes = true;
    this.#updates.push({
      relation: relationOf(body['relation']),
      assignments: assignmentsOf(body, scopeOf(body)),
    });
    this.#target(body, 'update', outer);
  }

  #merge(body: TreeRecord, outer: Scope): void {
    this.#writes = true;
    const relation = relationOf(body['relation']);
    const scope = scopeOf(body);
    for (const wrapped of listOf(body['mergeWhenClauses'])) {
      const clause = recordOf(memberOf(wrapped, 'MergeWhenClause'));
      const command = textOf(clause['commandType']);
      if (command === 'CMD_UPDATE') {
        this.#relate(relation, 'update');
        this.#updates.push({ relation, assignments: assignmentsOf(clause, scope) });
      } else if (command === 'CMD_INSERT') {
        this.#relate(relation, 'insert');
        this.#inserts.push(collectMergeInsert(relation, clause, scope));
      } else if (command === 'CMD_DELETE') this.#relate(relation, 'delete');
    }
    this.#target(body, 'merge', outer);
  }

  #target(body: TreeRecord, access: Access, outer: Scope): void {
    const scope = this.#with(body, outer);
    this.#relate(relationOf(body['relation']), access);
    for (const [key, value] of children(body, ['withClause', 'relation'])) this.#visit(key, value, scope);
  }

  /** Without RECURSIVE a query sees only the names before its own. */
  #with(body: TreeRecord, outer: Scope): Scope {
    const clause = recordOf(body['withClause']);
    const queries = listOf(clause['ctes']).map((wrapped) => recordOf(memberOf(wrapped, 'CommonTableExpr')));
    if (queries.length === 0) return outer;
    const scope = new Set(outer);
    if (clause['recursive'] === true) for (const query of queries) scope.add(textOf(query['ctename']));
    for (const query of queries) {
      this.walk(query, new Set(scope));
      scope.add(textOf(query['ctename']));
    }
    return scope;
  }

  #subLink(body: TreeRecord, scope: Scope): void {
    const before = this.#selectsStar;
    this.walk(body, scope);
    // What EXISTS selects is never looked at.
    if (textOf(body['subLinkType']) === 'EXISTS_SUBLINK') this.#selectsStar = before;
  }

  #read(body: TreeRecord, scope: Scope): void {
    const relation = relationOf(body);
    if (relation.schema === undefined && scope.has(relation.name)) return;
    this.#relate(relation, 'read');
  }

  #relate(relation: RelationName, access: Access): void {
    this.#relations.set(JSON.stringify([relation.schema, relation.name, access]), { ...relation, access });
  }

  #call(names: readonly string[]): void {
    const call = { schema: names.at(-2), name: names.at(-1) ?? '' };
    this.#functions.set(JSON.stringify([call.schema, call.name]), call);
  }

  #sequence(body: TreeRecord): void {
    const sequence = readSequenceCall(body);
    if (sequence !== undefined)
      this.#sequences.set(JSON.stringify([sequence.call, sequence.schema, sequence.name]), sequence);
  }

  #literal(body: TreeRecord): void {
    const text = body['sval'];
    if (text === undefined) return;
    const location = body['location'];
    this.#literals.push({
      value: textOf(memberOf(text, 'sval')),
      byte: typeof location === 'number' ? location : 0,
    });
  }

  #star(body: TreeRecord): void {
    const fields = listOf(memberOf(memberOf(body['val'], 'ColumnRef'), 'fields'));
    if (fields.some((field) => 'A_Star' in recordOf(field))) this.#selectsStar = true;
  }

  conclude(about: {
    statements: number;
    kind: StatementAnalysis['kind'];
    node: string;
    text: string;
    columns: readonly ColumnUse[];
  }): StatementAnalysis {
    const { text, ...head } = about;
    const toUtf16 = mapBytes(text);
    let [units, points] = [0, 0];
    const literals = this.#literals
      .toSorted((a, b) => a.byte - b.byte)
      .map(({ value, byte }) => {
        const end = toUtf16(byte);
        points += countCodePoints(text.slice(units, end), end - units);
        units = end;
        return { value, position: points + 1 };
      });
    return {
      ...head,
      // Utility statements are refused as such; until then they count as writing.
      writes: this.#writes || head.kind === 'other',
      locksRows: this.#locksRows,
      relations: [...this.#relations.values()],
      inserts: this.#inserts,
      updates: this.#updates,
      conflicts: this.#conflicts,
      functions: [...this.#functions.values()],
      calls: this.#calls,
      sequences: [...this.#sequences.values()],
      literals,
      selectsStar: this.#selectsStar,
    };
  }
}
