// The input and output of a rule: a context with everything that was read, and drafts of findings.
import type {
  DescribedField,
  Description,
  ExplainAnswer,
  SqlError,
  TypeInfo,
} from '../../database/database.ts';
import type { Catalogue, EnumType } from '../../model/catalogue.ts';
import type { FunctionState, RefusedFunction } from '../../model/function-state.ts';
import type { AskedName, QualifiedName } from '../../model/qualified-name.ts';
import type { Column, Relation } from '../../model/relation.ts';
import type { FunctionBody } from '../../model/function-body.ts';
import type { Severity } from '../../model/finding.ts';
import type { Release, SqlOperation, TableContract } from '../../model/release.ts';
import type { BodyAnalysis } from '../../sql/routine/analyse-body.ts';
import type { RowField } from '../../sql/routine/analyse-routine.ts';
import { listPossibleCalls } from '../../sql/forbidden-functions.ts';
import type { RelationName, Statement, StatementAnalysis } from '../../sql/statement.ts';
import type { FindingCode } from './finding-codes.ts';

export interface CheckContext {
  readonly release: Release;
  /** The login role of the embedded engine is internal to stk. */
  readonly engine: 'pglite' | 'postgres';
  /** Major version of the server. */
  readonly postgres: number;
  readonly catalogue: Catalogue;
  readonly operations: readonly CheckedOperation[];
  /** Functions with the names that PostgreSQL refused to execute: those that the role may not execute. */
  readonly refusedFunctions: readonly RefusedFunction[];
  /** Functions in SQL and PL/pgSQL that this release, or another one in the same check, knows to have been sound. */
  readonly bodies: readonly CheckedBody[];
  /** Contract types by their spelling; `undefined` when PostgreSQL does not know the type. */
  readonly types: ReadonlyMap<string, SpelledType | undefined>;
}

export interface CheckedOperation {
  readonly operation: SqlOperation;
  readonly name: string;
  readonly statement: Statement;
  /** `undefined` when it is not exactly one SELECT, INSERT, UPDATE, DELETE or MERGE; PostgreSQL was then not asked about it. */
  readonly analysis: StatementAnalysis | undefined;
  readonly description: Description | undefined;
  readonly explanation: ExplainAnswer | undefined;
  /** PostgreSQL's refusal when describing or planning it. */
  readonly failure: SqlError | undefined;
  /** Row-level security filters what it reads or writes. Known only when it was enabled somewhere since the cut. */
  readonly isFiltered: boolean;
  /** Identifiers of the SQL as PostgreSQL folds them. */
  readonly words: ReadonlySet<string>;
}

/** The body of a function in SQL or PL/pgSQL. */
export interface CheckedBody {
  readonly body: FunctionBody;
  /** As a contract names the function: `price_with_tax(numeric)`. */
  readonly signature: string;
  /** For PL/pgSQL, the part that every call reaches. `undefined` when the body is too large to analyse. */
  readonly analysis: BodyAnalysis | undefined;
  readonly calls: readonly (RelationName & {
    /** Every call of the function comes to it. */ readonly isSure: boolean;
  })[];
  /** Tables that it creates, changes or drops itself. */
  readonly made: ReadonlySet<string>;
  /** Sources of functions that it calls and that create tables. Known when PostgreSQL does not find a table. */
  readonly makers: readonly string[];
  /** Fields of the rows that a trigger receives. */
  readonly fields: readonly RowField[];
  /** PostgreSQL's refusal, or its inability to judge one of its statements now. */
  readonly failure: SqlError | undefined;
  /** What the call role may not do, for a body that runs as its caller. */
  readonly denial: SqlError | undefined;
  /** What RETURN QUERY returns, as far as it was described. */
  readonly given: readonly GivenRows[];
  /**
   * Statements in PL/pgSQL that PostgreSQL refused because something is missing, and statements of any body that were
   * not planned in time.
   */
  readonly refused: readonly RefusedStatement[];
}

export interface GivenRows {
  readonly fields: readonly DescribedField[];
  /** Whether every call of the function reaches it. */
  readonly isSure: boolean;
  /** Whether its types are those of the body. */
  readonly isExact: boolean;
}

export interface RefusedStatement {
  readonly error: SqlError;
  /** Whether every call of the function reaches it. */
  readonly isSure: boolean;
}

export interface SpelledType {
  readonly type: TypeInfo;
  readonly typmod: number;
}

export interface Draft {
  readonly code: FindingCode;
  /** When it differs from the code's severity. */
  readonly severity?: Severity;
  readonly object: string;
  readonly expected: string;
  readonly actual: string;
  readonly operations: readonly string[];
  readonly hint: string;
  readonly sqlstate?: string;
  readonly migration?: string;
  /** It only follows from the other finding: then the other is reported, and this is not. */
  readonly yieldsTo?: (other: Draft) => boolean;
  /** Both have the same cause: the other finding is reported, with these operations too. */
  readonly joins?: (other: Draft) => boolean;
  /** This finding explains the refusals of these operations. */
  readonly explains?: readonly string[];
}

export type Rule = (context: CheckContext) => readonly Draft[];

/** Computed once, because rules need it repeatedly: a release of a thousand operations names few relations. */
const meanings = new WeakMap<Catalogue, Map<string, Relation | undefined>>();
const namings = new WeakMap<CheckContext, ReadonlyMap<number, readonly CheckedOperation[]>>();

/** The relation that a name means to PostgreSQL: in the first usable schema of the search_path, or else in an unusable one. */
export function findRelation(catalogue: Catalogue, name: AskedName): Relation | undefined {
  let known = meanings.get(catalogue);
  if (known === undefined) meanings.set(catalogue, (known = new Map()));
  const key = `${name.schema ?? ''}\0${name.name}`;
  if (!known.has(key)) known.set(key, lookUpRelation(catalogue, name));
  return known.get(key);
}

function lookUpRelation(catalogue: Catalogue, name: AskedName): Relation | undefined {
  const ranked = catalogue.relations.flatMap((relation) => {
    if (relation.name !== name.name) return [];
    const schema = catalogue.schemas.find((state) => state.name === relation.schema);
    if (schema === undefined) return [];
    if (name.schema !== undefined) return name.schema === relation.schema ? [{ relation, rank: 0 }] : [];
    return schema.rank < 0 ? [] : [{ relation, rank: schema.rank + (schema.usable ? 0 : 10_000) }];
  });
  return ranked.sort((a, b) => a.rank - b.rank)[0]?.relation;
}

/** The analysis, with the attributes that are not columns of their relation added to its functions. */
export function resolveAttributes(
  catalogue: Catalogue,
  analysis: StatementAnalysis | undefined,
): StatementAnalysis | undefined {
  if (analysis === undefined || analysis.attributes.length === 0) return analysis;
  const called = analysis.attributes.filter(({ name, relation }) => {
    const owner = relation === undefined ? undefined : findRelation(catalogue, relation);
    return owner === undefined || findColumn(owner, name) === undefined;
  });
  const attributes = called.map(({ name }) => ({ name, relation: undefined, isUnplaced: false }));
  const functions = listPossibleCalls({ functions: analysis.functions, attributes });
  return { ...analysis, attributes, functions };
}

export function isReachable(catalogue: Catalogue, relation: Relation): boolean {
  return catalogue.schemas.some((schema) => schema.name === relation.schema && schema.usable);
}

/** As a contract writes it: `name` or `schema.name`, quoted when PostgreSQL needs it. */
export function parseName(written: string): AskedName {
  const parts = [...written.matchAll(/"((?:[^"]|"")*)"|[^."]+/g)].map((match) =>
    match[1] === undefined ? match[0].trim() : match[1].replaceAll('""', '"'),
  );
  const [first = written, second] = parts;
  return second === undefined ? { schema: undefined, name: first } : { schema: first, name: second };
}

/** Enums of the name in every schema: a name without a schema may mean any of them. */
export function findEnum({ enums }: Catalogue, { schema, name }: AskedName): EnumType | undefined {
  return enums.find((one) => one.name === name && (schema ?? one.schema) === one.schema);
}

/**
 * The statement itself names the function, perhaps as `row.function`. Otherwise an operator, a cast or an aggregate
 * used the function at the cut, and may use another one now.
 */
export function namesFunction({ analysis }: CheckedOperation, { name }: AskedName): boolean {
  if (analysis === undefined) return false;
  return (
    analysis.functions.some((one) => one.name === name) ||
    analysis.columns.some(({ column }) => column === name)
  );
}

/** All functions of the name that a call may mean, with any arguments. */
export function findFunctions({ functions }: Catalogue, { schema, name }: AskedName): FunctionState[] {
  return functions.filter((one) => one.name === name && (schema ?? one.schema) === one.schema);
}

/** The schema in which PostgreSQL would look first for a missing unqualified object. */
export function homeSchema(catalogue: Catalogue): string {
  return catalogue.schemas.find(({ rank, name }) => rank >= 0 && name !== 'pg_catalog')?.name ?? 'public';
}

export function qualify(catalogue: Catalogue, name: AskedName): string {
  return `${name.schema ?? homeSchema(catalogue)}.${name.name}`;
}

/** A table, partitioned or not: a migration may alter it. */
export function isTable({ kind }: Relation): boolean {
  return kind === 'r' || kind === 'p';
}

export function nameOf(relation: QualifiedName): string {
  return `${relation.schema}.${relation.name}`;
}

export function quote(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function quoteRelation(relation: AskedName): string {
  return relation.schema === undefined
    ? quote(relation.name)
    : `${quote(relation.schema)}.${quote(relation.name)}`;
}

/** Operations that name the relation. */
export function operationsOn(context: CheckContext, relation: Relation): readonly CheckedOperation[] {
  let known = namings.get(context);
  if (known === undefined) namings.set(context, (known = groupByRelation(context)));
  return known.get(relation.oid) ?? [];
}

function groupByRelation({ catalogue, operations }: CheckContext): Map<number, CheckedOperation[]> {
  const groups = new Map<number, CheckedOperation[]>();
  for (const checked of operations) {
    const named = checked.analysis?.relations.map((name) => findRelation(catalogue, name)?.oid) ?? [];
    for (const oid of new Set(named)) {
      if (oid === undefined) continue;
      const group = groups.get(oid);
      if (group === undefined) groups.set(oid, [checked]);
      else group.push(checked);
    }
  }
  return groups;
}

export function findColumn(relation: Relation, name: string): Column | undefined {
  return relation.columns.find((column) => column.name === name);
}

/** The relations of the contract that exist and are reachable. */
export function contractRelations(
  context: CheckContext,
): { readonly written: string; readonly relation: Relation }[] {
  return [...context.release.schema.tables.keys()].flatMap((written) => {
    const relation = findRelation(context.catalogue, parseName(written));
    return relation !== undefined && isReachable(context.catalogue, relation) ? [{ written, relation }] : [];
  });
}

/** The columns that the contract names, by the relation's oid. */
export function declaredColumns(context: CheckContext): ReadonlyMap<number, TableContract['columns']> {
  return new Map(
    contractRelations(context).flatMap(({ written, relation }) => {
      const contract = context.release.schema.tables.get(written);
      return contract === undefined ? [] : [[relation.oid, contract.columns] as const];
    }),
  );
}

/** The contract of a relation, by any of its names. */
export function findContract(
  { catalogue, release }: CheckContext,
  relation: Relation,
): TableContract | undefined {
  const entry = [...release.schema.tables].find(
    ([written]) => findRelation(catalogue, parseName(written))?.oid === relation.oid,
  );
  return entry?.[1];
}
