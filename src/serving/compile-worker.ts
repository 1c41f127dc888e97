// The worker thread of the release compiler: reads the YAML, parses the SQL and generates the validators of one release
// at a time. It sends the next batch when the main thread has taken the last.
import { createHash } from 'node:crypto';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { pointerTo } from '../model/document-tree.ts';
import { openRelease, type OpenRelease } from '../model/parse-release.ts';
import type { Operation } from '../model/release.ts';
import { loadSqlParser, prepareStatement } from '../sql/prepare-statement.ts';
import { locateInSql, mapToSql } from '../sql/map-position.ts';
import type { Statement } from '../sql/statement.ts';
import type { CompiledPart, CompileJob, CompileReport } from './compile-protocol.ts';
import { ValidatorGenerator } from './generate-validator.ts';
import { judgeInputSchema, judgeParameters } from './input-schema-rules.ts';
import { lowerThreadPriority } from './lower-thread-priority.ts';
import { judgeReferences } from './reference-cost.ts';

/** Operations a message: some 2 ms of work for the main thread. */
const batchSize = 8;
/** The same where no validator has to be evaluated. */
const readBatchSize = 64;
/** Statements that are remembered by their SQL: releases share most of theirs. */
const mostStatements = 5_000;
const mostSqlLength = 10_000;

const generator = new ValidatorGenerator();
const statements = new Map<string, Statement>();

async function serve(port: MessagePort): Promise<void> {
  let take: (() => void) | undefined;
  const jobs: CompileJob[] = [];
  let wake: (() => void) | undefined;
  port.on('message', (message: CompileJob | 'next') => {
    if (message === 'next') return take?.();
    jobs.push(message);
    wake?.();
  });
  const send = async (report: CompileReport): Promise<void> => {
    const taken = new Promise<void>((resolve) => (take = resolve));
    port.postMessage(report);
    await taken;
  };
  if (isTold(workerData, 'isBackground')) lowerThreadPriority();
  await loadSqlParser();
  if (isTold(workerData, 'warmsUp')) warmUp();
  port.postMessage({ kind: 'ready' } satisfies CompileReport);
  for (;;) {
    const job = jobs.shift();
    if (job === undefined) await new Promise<void>((resolve) => (wake = resolve));
    else await compile(job, send);
  }
}

function isTold(data: unknown, what: 'warmsUp' | 'isBackground'): boolean {
  return typeof data === 'object' && data !== null && Reflect.get(data, what) === true;
}

/** The first schema pays for the meta-schemas and cold code; better now than while a release waits. */
function warmUp(): void {
  for (let i = 0; i < 20; i += 1) {
    prepareStatement(`select id, ${i} from t where id = :id`);
    const text = { type: 'string', maxLength: 40 + i };
    generator.generate({
      type: 'object',
      properties: { id: { type: 'integer' }, text },
      additionalProperties: false,
    });
  }
}

async function compile(request: CompileJob, send: (report: CompileReport) => Promise<void>): Promise<void> {
  const { job, text } = request;
  const opened = openRelease(text, request);
  if (!opened.parsed.ok) return send({ kind: 'problems', job, problems: opened.parsed.problems });
  const { operations, ...release } = opened.parsed.value;
  let parts: CompiledPart[] = [];
  for (const operation of operations.values()) {
    const part =
      request.purpose === 'serve'
        ? compileOperation(operation, opened.report)
        : readOperation(operation, opened.report);
    if (opened.problems().length > 0) continue;
    parts.push(part);
    if (parts.length < (request.purpose === 'serve' ? batchSize : readBatchSize)) continue;
    await send({ kind: 'parts', job, parts });
    parts = [];
  }
  const problems = opened.problems();
  if (problems.length > 0) return send({ kind: 'problems', job, problems });
  await send({ kind: 'parts', job, parts });
  const digest = createHash('sha256').update(text).digest('hex');
  return send({ kind: 'done', job, release, configJson: JSON.stringify(release.config), digest });
}

function readOperation(operation: Operation, report: OpenRelease['report']): CompiledPart {
  const statement = operation.kind === 'sql' ? readStatement(operation.sql) : undefined;
  if (statement?.error !== undefined)
    report(`${pointerTo('/operations', operation.name)}/sql`, describeSqlError(statement, statement.error));
  return { operation, statement, code: '' };
}

function readStatement(sql: string): Statement {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = prepareStatement(sql);
  if (sql.length > mostSqlLength) return statement;
  if (statements.size >= mostStatements) statements.clear();
  statements.set(sql, statement);
  return statement;
}

function compileOperation(operation: Operation, report: OpenRelease['report']): CompiledPart {
  const pointer = pointerTo('/operations', operation.name);
  const { statement } = readOperation(operation, report);
  const { input } = operation;
  if (input === undefined) return { operation, statement, code: '' };
  const place = `${pointer}/input`;
  let isSound = true;
  const note = (at: string, message: string): void => {
    isSound = false;
    report(at, message);
  };
  judgeInputSchema(input, place, note);
  const circular = typeof input === 'boolean' ? undefined : judgeReferences(input);
  if (circular !== undefined) note(place, circular);
  if (statement !== undefined && statement.error === undefined)
    judgeParameters(input, statement.parameters, place, note);
  if (!isSound) return { operation, statement, code: '' };
  const generated = generator.generate(input);
  if (generated.ok) return { operation, statement, code: generated.code };
  for (const problem of generated.problems)
    report(place + problem.pointer, `this input schema is not valid: ${problem.message}`);
  return { operation, statement, code: '' };
}

function describeSqlError(
  statement: Statement,
  { message, position }: NonNullable<Statement['error']>,
): string {
  if (position === undefined) return `the SQL is not valid: ${message}`;
  const { line, column } = locateInSql(statement.sql, mapToSql(statement, position));
  return `the SQL is not valid: ${message} (line ${line}, column ${column} of the statement)`;
}

if (parentPort !== null) await serve(parentPort);
