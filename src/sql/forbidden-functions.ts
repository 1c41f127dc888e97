// Functions that an operation may not call (OPS006), because they have effects outside the statement: on the session,
// the server, its files or other databases. Also what a `mode: read` operation may not do (OPS005).
import type { RelationName, StatementAnalysis } from './statement.ts';
import { findBan, findRelationBan } from './function-bans.ts';

interface Forbidden {
  readonly function: RelationName;
  readonly reason: string;
}

/** Every forbidden function in the statement, with the reason; including relations that call one. */
export function findForbiddenFunctions(analysis: StatementAnalysis): readonly Forbidden[] {
  const calls = listPossibleCalls(analysis).flatMap((call): Forbidden[] => {
    const reason = isHarmlessForm(analysis, call) ? undefined : findBan(call.schema, call.name);
    return reason === undefined ? [] : [{ function: call, reason }];
  });
  const relations = analysis.relations.flatMap(({ access, schema, name }): Forbidden[] => {
    const reason = findRelationBan(schema, name, access);
    return reason === undefined ? [] : [{ function: { schema, name }, reason }];
  });
  return [...calls, ...relations];
}

/** What it calls, and what it may call: `(value).name` and `row.name` call a function when there is no such column. */
export function listPossibleCalls({
  functions,
  attributes,
}: Pick<StatementAnalysis, 'functions' | 'attributes'>): RelationName[] {
  const further = attributes
    .map(({ name }) => name)
    .filter((name) => !functions.some((one) => one.name === name));
  return [...functions, ...[...new Set(further)].map((name) => ({ schema: undefined, name }))];
}

/** ts_rewrite takes SQL text as its second and last argument; with three arguments it takes none. */
function isHarmlessForm({ calls }: StatementAnalysis, { name }: RelationName): boolean {
  if (name !== 'ts_rewrite') return false;
  const forms = calls.filter((call) => call.function.name === name);
  return forms.length > 0 && forms.every((call) => call.arguments.length === 3);
}

/** What a `mode: read` operation does although it may not, as text; empty when nothing. */
export function findReadViolations(analysis: StatementAnalysis): readonly string[] {
  const violations: string[] = [];
  for (const { access, schema, name } of analysis.relations) {
    if (access !== 'read')
      violations.push(`${access} on ${schema === undefined ? name : `${schema}.${name}`}`);
  }
  if (analysis.writes && violations.length === 0) violations.push(`writes (${analysis.node})`);
  if (analysis.locksRows) violations.push('locks rows (FOR UPDATE or FOR SHARE)');
  for (const { schema, name } of listPossibleCalls(analysis)) {
    const isSequence = name === 'nextval' || name === 'setval';
    if (isSequence && (schema === undefined || schema === 'pg_catalog')) violations.push(`calls ${name}`);
  }
  return violations;
}
