// Collects a compiler host's messages about one release, batch by batch: evaluates the validators and builds the
// release.
import { createHash } from 'node:crypto';
import type { DocumentProblem } from '../../model/problem.ts';
import type { Operation } from '../../model/release.ts';
import type { Statement } from '../../sql/statement.ts';
import { buildParameterValidator, buildValidator } from './build-validator.ts';
import type { CompilePurpose, CompileReport, SentStatement } from './compile-protocol.ts';
import type { CompiledOperation, CompiledRelease, LeftColumns } from './compiled-release.ts';
import { indexPermissions } from '../permission-index.ts';

export type CompileOutcome =
  | { readonly ok: true; readonly compiled: CompiledRelease }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

/** The result of a job's reports; `undefined` until the last. Throws when the code of a validator does not evaluate. */
export function collectRelease(
  purpose: CompilePurpose,
  known: Map<number, Statement>,
): (report: CompileReport) => CompileOutcome | undefined {
  const operations = new Map<string, CompiledOperation>();
  const statements = new Map<string, Statement>();
  const sources = new Map<string, Operation>();
  return (report) => {
    if (report.kind === 'problems') return { ok: false, problems: report.problems };
    if (report.kind === 'parts') {
      if (report.forgets) known.clear();
      for (const { operation, statement: sent, code } of report.parts) {
        const { name } = operation;
        const statement = sent === undefined ? undefined : recall(known, sent);
        sources.set(name, operation);
        if (statement !== undefined) statements.set(name, statement);
        if (purpose === 'serve') operations.set(name, finishOperation(operation, statement, code));
      }
    }
    if (report.kind !== 'done') return undefined;
    const { configJson, digest } = report;
    const release = { ...report.release, operations: sources };
    const isAllowed = indexPermissions(release.permissions, sources.keys());
    return { ok: true, compiled: { release, digest, operations, statements, configJson, isAllowed } };
  };
}

function recall(known: Map<number, Statement>, sent: SentStatement): Statement {
  if (sent.kind === 'once') return sent.statement;
  if (sent.kind === 'new') known.set(sent.key, sent.statement);
  const statement = known.get(sent.key);
  if (statement === undefined) throw new Error(`statement ${sent.key} was never sent`);
  return statement;
}

function finishOperation(
  operation: Operation,
  statement: Statement | undefined,
  code: string,
): CompiledOperation {
  const { name } = operation;
  if (operation.kind === 'constant' || statement === undefined) {
    const validate = code === '' ? buildParameterValidator([]) : buildValidator(code);
    return {
      kind: 'constant',
      name,
      json: JSON.stringify(operation.kind === 'constant' ? operation.value : null),
      validate,
    };
  }
  const { text, parameters } = statement;
  return {
    kind: 'sql',
    name,
    statement: { name: nameStatement(text), text, mode: operation.mode },
    parameters,
    columns: listWrittenColumns(statement),
    inserts: listInserts(statement),
    returns: operation.returns,
    validate: code === '' ? buildParameterValidator(parameters) : buildValidator(code),
  };
}

/** `undefined` when an INSERT names no columns. */
function listWrittenColumns({ analysis }: Statement): readonly string[] | undefined {
  if (analysis === undefined || analysis.inserts.some(({ columns }) => columns === undefined))
    return undefined;
  return [
    ...analysis.inserts.flatMap(({ columns = [] }) => columns),
    ...analysis.updates.flatMap(({ assignments }) => assignments.map(({ column }) => column)),
  ];
}

function listInserts({ analysis }: Statement): readonly LeftColumns[] {
  return (analysis?.inserts ?? []).flatMap(({ relation: { schema, name }, columns, source }) => {
    const given = source === 'default-values' ? [] : columns;
    return given === undefined ? [] : [{ schema, name, given }];
  });
}

/** From its text alone: two releases with the same statement share the prepared statement. */
function nameStatement(text: string): string {
  return `stk_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}
