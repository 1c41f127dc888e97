// What a rule looks at, and what it says: a context with everything that was read, and drafts of findings.
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
  /** The embedded engine's login role is stk's own affair. */
  readonly engine: 'pglite' | 'postgres';
  /** Major version of the server. */
  readonly postgres: number;
  readonly catalogue: Catalogue;
  readonly operations: readonly CheckedOperation[];
  /** Of the names of functions that PostgreSQL refused to execute: those that the role may not. */
  readonly refusedFunctions: readonly RefusedFunction[];
  /** Of functions in SQL and PL/pgSQL that the release, or another one that was asked for with it, knows to have been sound. */
  readonly bodies: readonly CheckedBody[];
  /** Contract types by their spelling; `undefined` means PostgreSQL knows no such type. */
  readonly types: ReadonlyMap<string, SpelledType | undefined>;
}

export interface CheckedOperation {
  readonly operation: SqlOperation;
  readonly name: string;
  readonly statement: Statement;
  /** `undefined` means not one SELECT, INSERT, UPDATE, DELETE or MERGE; nothing was asked about it. */
  readonly analysis: StatementAnalysis | undefined;
  readonly description: Description | undefined;
  readonly explanation: ExplainAnswer | undefined;
  /** What PostgreSQL refused, in describing or in planning. */
  readonly failure: SqlError | undefined;
  /** Row-level security filters what it reads or writes. Known only where some was switched on since the cut. */
  readonly isFiltered: boolean;
  /** Identifiers of the SQL as PostgreSQL folds them. */
  readonly words: ReadonlySet<string>;
}

/** The body of a function in SQL or PL/pgSQL. */
export interface CheckedBody {
  readonly body: FunctionBody;
  /** As a contract names the function: `price_with_tax(numeric)`. */
  readonly signature: string;
  /** Of PL/pgSQL what every call comes to. `undefined` means too much to look at. */
  readonly analysis: BodyAnalysis | undefined;
  readonly calls: readonly (RelationName & {
    /** Every call of the function comes to it. */ readonly isSure: boolean;
  })[];
  /** Tables that it makes, changes or drops itself. */
  readonly made: ReadonlySet<string>;
  /** Sources of functions that it calls and that make tables. Known where PostgreSQL does not find one. */
  readonly makers: readonly string[];
  /** Of the rows that a trigger gets. */
  readonly fields: readonly RowField[];
  /** What PostgreSQL refused, or that it could not look at one of its statements now. */
  readonly failure: SqlError | undefined;
  /** What the call role may not do, of a body that runs as its caller. */
  readonly denial: SqlError | undefined;
  /** What RETURN QUERY gives, as far as it was described. */
  readonly given: readonly GivenRows[];
  /** Statements in PL/pgSQL that PostgreSQL refused for what is not there; of any body those not planned in time. */
  readonly refused: readonly RefusedStatement[];
}

export interface GivenRows {
  readonly fields: readonly DescribedField[];
  /** Every call of the function comes to it. */
  readonly isSure: boolean;
  /** Its types are those that it has in the body. */
  readonly isExact: boolean;
}

export interface RefusedStatement {
  readonly error: SqlError;
  /** Every call of the function comes to it. */
  readonly isSure: boolean;
}

export interface SpelledType {
  readonly type: TypeInfo;
  readonly typmod: number;
}

export interface Draft {
  readonly code: FindingCode;
  /** Where it is not the code's own. */
  readonly severity?: Severity;
  readonly object: string;
  readonly expected: string;
  readonly actual: string;
  readonly operations: readonly string[];
  readonly hint: string;
  readonly sqlstate?: string;
  readonly migration?: string;
  /** It only follows from the other: that one is said, and not this. */
  readonly yieldsTo?: (other: Draft) => boolean;
  /** It is but another sight of the other's cause: that one is said, with these operations too. */
  readonly joins?: (other: Draft) => boolean;
  /** The refusals of these operations are this finding. */
  readonly explains?: readonly string[];
}

export type Rule = (context: CheckContext) => readonly Draft[];

/** What rules ask again and again, found once: a release of a thousand operations names few relations. */
const meanings = new WeakMap<Catalogue, Map<string, Relation | undefined>>();
const namings = new WeakMap<CheckContext, ReadonlyMap<number, readonly CheckedOperation[]>>();

/** The relation that a name means to PostgreSQL: the first usable schema of the search_path, else one that is not usable. */
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

/** The analysis with those of its attributes among the functions that are not columns of their relation. */
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

/** As a contract writes it: `name` or `schema.name`, with quotes where PostgreSQL needs them. */
export function parseName(written: string): AskedName {
  const parts = [...written.matchAll(/"((?:[^"]|"")*)"|[^."]+/g)].map((match) =>
    match[1] === undefined ? match[0].trim() : match[1].replaceAll('""', '"'),
  );
  const [first = written, second] = parts;
  return second === undefined ? { schema: undefined, name: first } : { schema: first, name: second };
}

/** Enums of the name, wherever they are: a name without a schema may mean any. */
export function findEnum({ enums }: Catalogue, { schema, name }: AskedName): EnumType | undefined {
  return enums.find((one) => one.name === name && (schema ?? one.schema) === one.schema);
}

/**
 * The statement itself speaks of the function, if as `row.function`. Else it stood behind an operator, a cast or an aggregate
 * at the cut, which may have another one now.
 */
export function namesFunction({ analysis }: CheckedOperation, { name }: AskedName): boolean {
  if (analysis === undefined) return false;
  return (
    analysis.functions.some((one) => one.name === name) ||
    analysis.columns.some(({ column }) => column === name)
  );
}

/** All of the name that a call may mean, whatever their arguments. */
export function findFunctions({ functions }: Catalogue, { schema, name }: AskedName): FunctionState[] {
  return functions.filter((one) => one.name === name && (schema ?? one.schema) === one.schema);
}

/** The schema that a missing unqualified object would be looked for in first. */
export function homeSchema(catalogue: Catalogue): string {
  return catalogue.schemas.find(({ rank, name }) => rank >= 0 && name !== 'pg_catalog')?.name ?? 'public';
}

export function qualify(catalogue: Catalogue, name: AskedName): string {
  return `${name.schema ?? homeSchema(catalogue)}.${name.name}`;
}

/** Partitioned or not: a migration may alter it. */
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

/** The relations of the contract that exist and can be reached. */
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

/** What the contract says of a relation, by whichever of its names. */
export function findContract(
  { catalogue, release }: CheckContext,
  relation: Relation,
): TableContract | undefined {
  const entry = [...release.schema.tables].find(
    ([written]) => findRelation(catalogue, parseName(written))?.oid === relation.oid,
  );
  return entry?.[1];
}
