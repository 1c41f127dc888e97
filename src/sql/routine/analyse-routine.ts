// What a function in PL/pgSQL names and calls, and those of its statements that PostgreSQL can judge. Judges nothing.
import { quoteIdentifier } from '../../kernel/quote-identifier.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import type { BodyAnalysis } from './analyse-body.ts';
import { analyseStatements } from '../analyse-statement.ts';
import { bindVariables, type Variables } from './bind-variables.ts';
import { listOf, memberOf, namesOf, recordOf, textOf } from '../parse-tree.ts';
import { parseSql, scanSql } from '../pg-parser.ts';
import { readPlpgsql, type Step } from './plpgsql-steps.ts';
import type { RelationName } from '../statement.ts';

export interface RoutineStatement {
  readonly text: string;
  /** Whether every call of the function reaches it. */
  readonly isSure: boolean;
  /** All of it is in the text, with the types that it has in the body. */
  readonly isExact: boolean;
  /** A name taken for a variable may be a column: its types may differ in the body. */
  readonly mayMeanColumns: boolean;
  /** All of it is in the text, so its plan shows what the caller may not do. */
  readonly isWhole: boolean;
  /** RETURN QUERY: its rows are the function's. */
  readonly isReturned: boolean;
}

export interface RoutineAnalysis {
  readonly statements: readonly RoutineStatement[];
  readonly functions: readonly (RelationName & { readonly isSure: boolean })[];
  /** The part that every call reaches. */
  readonly sure: BodyAnalysis;
  /** Tables that it creates, changes or drops itself. */
  readonly made: ReadonlySet<string>;
  /** Fields of the rows that a trigger receives. */
  readonly fields: readonly RowField[];
}

export interface RowField {
  readonly record: 'new' | 'old';
  readonly field: string;
  /** Whether every call of the function reaches it. */
  readonly isSure: boolean;
}

export interface RoutineText {
  /** CREATE FUNCTION. */
  readonly definition: string;
  readonly name: string;
  /** '' for arguments without a name. */
  readonly argumentNames: readonly string[];
  /** As in a cast. */
  readonly argumentTypes: readonly string[];
}

/** Most statements of a body that are analysed. */
const mostStatements = 50;
/** Most statements and expressions of a body that are read at all: each delays calls by a fraction of a millisecond. */
const mostSteps = 150;
const asked: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
]);
/** Statements about a body's own tables, usually temporary ones. */
const ownTables: ReadonlySet<string> = new Set([
  'CreateStmt',
  'ViewStmt',
  'IndexStmt',
  'AlterTableStmt',
  'RenameStmt',
  'DropStmt',
  'TruncateStmt',
  'VacuumStmt',
  'LockStmt',
]);
/** Statements that do not change the meaning of names. */
const harmless: ReadonlySet<string> = new Set([
  'NotifyStmt',
  'ListenStmt',
  'UnlistenStmt',
  'CommentStmt',
  'CallStmt',
]);
const meaningOfNames = /^(?:search_path|role|session_authorization)$/i;

interface ReadStep extends Step {
  readonly statements: readonly unknown[];
  readonly relations: BodyAnalysis['relations'];
  readonly locksRows: boolean;
}

/** Characters of the definitions whose analyses are cached. */
const remembered = new BoundedCache<{ readonly analysis: RoutineAnalysis | undefined }>(1024 * 1024);

/** `undefined` when it does not parse, is too large to analyse, or changes the meaning of names. */
export function analyseRoutine(routine: RoutineText): RoutineAnalysis | undefined {
  const key = JSON.stringify(routine);
  const known = remembered.get(key);
  if (known !== undefined) return known.analysis;
  const analysis = analyseShallow(routine);
  remembered.set(key, { analysis }, key.length);
  return analysis;
}

function analyseShallow(routine: RoutineText): RoutineAnalysis | undefined {
  try {
    return analyse(routine);
  } catch (thrown) {
    // Too deeply nested expressions: too large to analyse.
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function analyse({
  definition,
  name,
  argumentNames,
  argumentTypes,
}: RoutineText): RoutineAnalysis | undefined {
  const byName = argumentNames.flatMap((one, i): [string, string][] => {
    const type = argumentTypes[i];
    return type === undefined ? [] : [[one, type]];
  });
  const body = readPlpgsql(definition, new Map(byName));
  if (body === undefined) return undefined;
  // A text that is only built during a call may create what the others name.
  const isShifting = body.isDynamic && /\btemp(?:orary)?\b/i.test(definition);
  const made = new Set<string>();
  const read: ReadStep[] = [];
  const fields: RowField[] = [];
  const functions = new Map<string, RelationName & { readonly isSure: boolean }>();
  for (const written of body.steps.slice(0, mostSteps)) {
    const { created, step } = withoutCreate(written);
    if (created !== undefined) made.add(created);
    if (written.assigns !== undefined)
      fields.push({ record: 'new', field: written.assigns, isSure: written.isSure && !isShifting });
    const parsed = scanSql(step.text).ok ? parseSql(step.text) : undefined;
    if (parsed?.ok !== true || parsed.statements.length !== 1) continue;
    const [kind = '', node] = Object.entries(recordOf(memberOf(parsed.statements[0], 'stmt')))[0] ?? [];
    if (!asked.has(kind)) {
      if (ownTables.has(kind)) for (const one of namesIn(node)) made.add(one);
      else if (
        kind === 'VariableSetStmt' ? meaningOfNames.test(textOf(memberOf(node, 'name'))) : !harmless.has(kind)
      )
        return undefined;
      continue;
    }
    const analysed = analyseStatements(parsed.statements, step.text);
    if (!analysed.ok) continue;
    if (analysed.analysis.functions.some((called) => called.name === 'set_config')) return undefined;
    const isSure = step.isSure && !isShifting;
    for (const called of analysed.analysis.functions) {
      const key = JSON.stringify([called.schema, called.name]);
      functions.set(key, { ...called, isSure: isSure || functions.get(key)?.isSure === true });
    }
    for (const { name: called, isUnplaced } of analysed.analysis.attributes) {
      const key = JSON.stringify([undefined, called]);
      // A variable of the body is before the dot: it has fields and no functions.
      if (!isUnplaced && !functions.has(key))
        functions.set(key, { schema: undefined, name: called, isSure: false });
    }
    // RETURNING may use these names for its own rows.
    if (/\b(?:new|old)\b/i.test(step.text) && !/\breturning\b/i.test(step.text))
      fields.push(...listFields(parsed.statements).map((field) => ({ ...field, isSure })));
    read.push({
      text: step.text,
      isSure,
      isReturned: step.isReturned === true,
      statements: parsed.statements,
      relations: analysed.analysis.relations,
      locksRows: analysed.analysis.locksRows,
    });
  }
  const stable = read.filter(({ relations }) => !relations.some((relation) => made.has(relation.name)));
  const named = new Map(body.variables).set(name, { type: undefined, isRow: true });
  const variables = { named: body.variables.has(name) ? body.variables : named, positional: argumentTypes };
  const sure = stable.filter(({ isSure }) => isSure);
  return {
    statements: stable.slice(0, mostStatements).flatMap((step) => [
      ...toStatements(step, variables, body.hasOneScope),
      // When a built text creates one of its tables, PostgreSQL reports nothing about the others.
      ...(body.isDynamic && step.relations.length > 1 ? toRelations(step) : []),
    ]),
    functions: [...functions.values()],
    sure: {
      relations: sure.flatMap(({ relations }) => relations),
      functions: [...functions.values()].filter(({ isSure }) => isSure),
      attributes: [],
      locksRows: sure.some(({ locksRows }) => locksRows),
      isPlain: true,
    },
    made,
    fields,
  };
}

function listFields(node: unknown): Omit<RowField, 'isSure'>[] {
  if (Array.isArray(node)) return node.flatMap(listFields);
  return Object.entries(recordOf(node)).flatMap(([key, value]) => {
    if (key !== 'ColumnRef') return listFields(value);
    const [record, field] = namesOf(listOf(memberOf(value, 'fields')));
    return (record === 'new' || record === 'old') && field !== undefined && field !== ''
      ? [{ record, field }]
      : [];
  });
}

/** For CREATE TABLE … AS, the query, which is analysed like any other. */
function withoutCreate(step: Step): { readonly created?: string; readonly step: Step } {
  const scanned = /^\s*create\b/i.test(step.text) ? scanSql(step.text) : undefined;
  const parsed = scanned?.ok === true ? parseSql(step.text) : undefined;
  if (scanned?.ok !== true || parsed?.ok !== true) return { step };
  const node = memberOf(memberOf(parsed.statements[0], 'stmt'), 'CreateTableAsStmt');
  const start = scanned.tokens.find(({ text }) => /^as$/i.test(text))?.end;
  if (node === undefined || start === undefined) return { step };
  const text = step.text.slice(start).replace(/\bwith\s+(?:no\s+)?data\s*$/i, '');
  return {
    created: textOf(memberOf(memberOf(memberOf(node, 'into'), 'rel'), 'relname')),
    step: { ...step, text },
  };
}

function toStatements(step: ReadStep, variables: Variables, hasOneScope: boolean): RoutineStatement[] {
  const { text, statements, isSure } = step;
  const scanned = scanSql(text);
  if (!scanned.ok) return [];
  const bound = bindVariables(text, statements, { tokens: scanned.tokens, variables });
  if (bound === undefined) return toRelations(step);
  const mayMeanColumns = !hasOneScope && bound.text !== text;
  return [{ ...bound, mayMeanColumns, isSure, isWhole: true, isReturned: step.isReturned === true }];
}

function toRelations({ relations, isSure }: ReadStep): RoutineStatement[] {
  return relations.map(({ schema, name }) => ({
    text: `select from ${[schema ?? [], name].flat().map(quoteIdentifier).join('.')}`,
    isSure,
    isExact: false,
    mayMeanColumns: false,
    isWhole: false,
    isReturned: false,
  }));
}

/** Table names: those that are used, and new names. */
function namesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn);
  return Object.entries(recordOf(node)).flatMap(([key, value]) => {
    if (key === 'relname' || key === 'newname') return [textOf(value)];
    if (key === 'List') return namesOf(listOf(memberOf(value, 'items'))).slice(-1);
    return namesIn(value);
  });
}
