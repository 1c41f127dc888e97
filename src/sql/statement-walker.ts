// Walks a statement's parse tree once and collects what it reads, writes, calls and assigns, at any depth.
import {
  assignmentsOf,
  collectConflict,
  collectInsert,
  collectMergeInsert,
  scopeOf,
} from './analyse-writes.ts';
import { readCall } from './function-calls.ts';
import { readNameWithSchema } from './literal-names.ts';
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
import { readSequenceCall } from './sequence-calls.ts';
import type {
  Assignment,
  ConflictTarget,
  FunctionCall,
  InsertTarget,
  RelationName,
  StatementAnalysis,
} from './statement.ts';

/** The result of the walk alone; `literals` with their byte positions, unordered. */
export interface Gathered extends Omit<
  StatementAnalysis,
  'statements' | 'kind' | 'node' | 'literals' | 'columns' | 'attributes'
> {
  /** Each with its list in the parse tree. */
  readonly attributes: readonly {
    readonly key: readonly unknown[];
    readonly name: string;
    /** `a.name`, not `(a).name`. */
    readonly isDotted: boolean;
  }[];
  readonly literals: readonly { readonly value: string; readonly byte: number }[];
  /** A clause because of which it is no operation. */
  readonly refusedClause: string | undefined;
}

type Access = StatementAnalysis['relations'][number]['access'];
/** Names of the visible WITH queries. */
type Scope = ReadonlySet<string>;

export class StatementWalker {
  readonly #relations = new Map<string, RelationName & { readonly access: Access }>();
  readonly #functions = new Map<string, RelationName>();
  readonly #calls: FunctionCall[] = [];
  readonly #attributes: { key: readonly unknown[]; name: string; isDotted: boolean }[] = [];
  readonly #sequences = new Map<string, StatementAnalysis['sequences'][number]>();
  readonly #inserts: InsertTarget[] = [];
  readonly #updates: { relation: RelationName; assignments: readonly Assignment[] }[] = [];
  readonly #conflicts: ConflictTarget[] = [];
  readonly #literals: { value: string; byte: number }[] = [];
  #writes = false;
  #locksRows = false;
  readonly #schemas = new Set<string>();
  #refusedClause: string | undefined;
  #selectsStar = false;

  walk(node: unknown, scope: Scope = new Set()): void {
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
      case 'ColumnRef':
        this.#attribute(namesOf(body['fields']).slice(1).at(-1), listOf(body['fields']), true);
        return;
      case 'A_Indirection':
        for (const [i, name] of namesOf(body['indirection']).entries())
          this.#attribute(name, i === 0 ? listOf(body['indirection']) : []);
        return this.walk(body, scope);
      case 'SQLValueFunction':
        return this.#call([
          textOf(body['op'])
            .replace(/^SVFOP_/, '')
            .replace(/_N$/, '')
            .toLowerCase(),
        ]);
      case 'TypeName':
      case 'typeName':
        this.#nameSchema(namesOf(body['names']));
        return this.walk(body, scope);
      case 'CollateClause':
        this.#nameSchema(namesOf(body['collname']));
        return this.walk(body, scope);
      case 'A_Expr':
      case 'SortBy':
        this.#nameSchema(namesOf(body['name'] ?? body['useOp']));
        return this.walk(body, scope);
      case 'CurrentOfExpr':
        this.#refusedClause ??= 'WHERE CURRENT OF';
        return;
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
      this.#refusedClause ??= 'SELECT INTO';
      this.#relate(relationOf(into), 'insert');
    }
    // `larg` and `rarg` are also the sides of a join; here they are the sides of a set operation.
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

  /** Without RECURSIVE, a query only sees earlier names. */
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
    // The select list of EXISTS is never evaluated.
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

  /** `key`: the list in the parse tree, by which column-uses.ts finds the owner. */
  #attribute(name: string | undefined, key: readonly unknown[], isDotted = false): void {
    if (name !== undefined && name !== '') this.#attributes.push({ key, name, isDotted });
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
    const value = textOf(memberOf(text, 'sval'));
    this.#nameSchema(readNameWithSchema(value));
    this.#literals.push({
      value,
      byte: typeof location === 'number' ? location : 0,
    });
  }

  #nameSchema(names: readonly string[]): void {
    const schema = names.length > 1 ? names.at(-2) : undefined;
    if (schema !== undefined && schema !== '' && schema !== 'pg_catalog') this.#schemas.add(schema);
  }

  #star(body: TreeRecord): void {
    const fields = listOf(memberOf(memberOf(body['val'], 'ColumnRef'), 'fields'));
    if (fields.some((field) => 'A_Star' in recordOf(field))) this.#selectsStar = true;
  }

  gathered(): Gathered {
    return {
      writes: this.#writes,
      locksRows: this.#locksRows,
      relations: [...this.#relations.values()],
      inserts: this.#inserts,
      updates: this.#updates,
      conflicts: this.#conflicts,
      functions: [...this.#functions.values()],
      attributes: this.#attributes,
      calls: this.#calls,
      sequences: [...this.#sequences.values()],
      literals: this.#literals,
      schemas: [...this.#schemas].sort(),
      refusedClause: this.#refusedClause,
      selectsStar: this.#selectsStar,
    };
  }
}
