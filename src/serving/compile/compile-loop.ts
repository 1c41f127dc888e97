// The release compiler's work outside the main thread: reads the YAML, parses the SQL and generates the validators of
// one release at a time. It sends the next batch after the main thread has taken the last.
import { createHash } from 'node:crypto';
import type { CheckOrder } from '../../model/check-order.ts';
import { pointerTo } from '../../documents/yaml/document-tree.ts';
import { openRelease, type OpenRelease } from '../../documents/release/parse-release.ts';
import type { Operation, Release } from '../../model/release.ts';
import type { Verdict } from '../../model/verdict.ts';
import { loadSqlParser } from '../../sql/prepare-statement.ts';
import { locateInSql, mapToSql } from '../../sql/map-position.ts';
import type { Statement } from '../../sql/statement.ts';
import { buildValidator } from './build-validator.ts';
import { compileExpectedSchema } from './compile-expected-schema.ts';
import type { CompiledPart, CompileJob, CompileReport, HostMessage } from './compile-protocol.ts';
import type { CheckableRelease } from './compile-release.ts';
import { ValidatorGenerator } from './generate-validator.ts';
import { judgeInputSchema, judgeParameters } from './input-schema-rules.ts';
import { KnownStatements } from './known-statements.ts';
import { judgeReferences } from './reference-cost.ts';

/** Operations in one message: about 2 ms of work for the main thread. */
const batchSize = 8;

const generator = new ValidatorGenerator();
const known = new KnownStatements();

/** The connection to the main thread. */
export interface CompilerPort {
  post(report: CompileReport): void;
  listen(take: (message: HostMessage) => void): void;
}

export interface CompilerStart {
  /** The variables that the process keeps from then on; default none. */
  readonly variables?: Record<string, string>;
  /** Rejects only for a bug. `undefined` when no release is checked here. */
  readonly check?: Check;
}

type Check = (release: CheckableRelease, order: CheckOrder) => Promise<Verdict>;

/** Runs until the process or thread ends. Rejects for a bug. */
export async function runCompiler(
  port: CompilerPort,
  { variables = {}, check }: CompilerStart = {},
): Promise<never> {
  let wake: (() => void) | undefined;
  const post = (report: CompileReport): void => port.post(report);
  /** Resolves when the main thread has taken it. */
  const send = async (report: CompileReport): Promise<void> => {
    const taken = new Promise<void>((resolve) => (wake = resolve));
    post(report);
    await taken;
  };
  return new Promise<never>((_resolve, reject) => {
    let last = loadSqlParser().then(() => {
      // yaml reads the environment at every token to decide about logging; the real one costs a tenth of the whole parse.
      process.env = variables;
      post({ kind: 'ready' });
    });
    port.listen((message) => {
      if (message === 'next') return wake?.();
      last = last.then(() => compile(message, { post, send, check }));
      last.catch(reject);
    });
    last.catch(reject);
  });
}

interface Compiling {
  readonly post: (report: CompileReport) => void;
  readonly send: (report: CompileReport) => Promise<void>;
  readonly check: Check | undefined;
}

/** Resolves when the release is compiled; its check may continue. */
async function compile(request: CompileJob, { post, send, check }: Compiling): Promise<void> {
  const { job, text, order } = request;
  const opened = openRelease(text, request);
  if (!opened.parsed.ok) return post({ kind: 'problems', job, problems: opened.parsed.problems });
  const { operations, ...release } = opened.parsed.value;
  let batch: CompiledOperation[] = [];
  const read = new Map<string, Statement>();
  const flush = async (): Promise<void> => {
    const parts = batch.map(toPart);
    batch = [];
    await send({ kind: 'parts', job, parts, forgets: known.takeForgets() });
  };
  for (const operation of operations.values()) {
    const compiled = compileOperation(operation, request.purpose, opened.report);
    if (opened.problems().length > 0) continue;
    if (order !== undefined) {
      if (compiled.statement !== undefined) read.set(operation.name, compiled.statement);
      continue;
    }
    batch.push(compiled);
    if (batch.length >= batchSize) await flush();
  }
  if (request.purpose !== 'read') judgeSmokeSchemas(release.smoke, opened.report);
  const problems = opened.problems();
  if (problems.length > 0) return post({ kind: 'problems', job, problems });
  const digest = createHash('sha256').update(text).digest('hex');
  if (order !== undefined) {
    post({ kind: 'read', job });
    const asked = { release: { ...release, operations }, statements: read, digest };
    void reportOf(job, check?.(asked, order)).then(post);
    return;
  }
  await flush();
  post({ kind: 'done', job, release, configJson: JSON.stringify(release.config), digest });
}

async function reportOf(job: number, checking: Promise<Verdict> | undefined): Promise<CompileReport> {
  try {
    if (checking === undefined) throw new Error('this release compiler does not check');
    return { kind: 'verdict', job, verdict: await checking };
  } catch (thrown) {
    return { kind: 'defect', job, error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }
}

interface CompiledOperation {
  readonly operation: Operation;
  readonly statement: Statement | undefined;
  readonly code: string;
}

function toPart({ operation, statement, code }: CompiledOperation): CompiledPart {
  return { operation, statement: statement === undefined ? undefined : known.toSend(statement), code };
}

function compileOperation(
  operation: Operation,
  purpose: CompileJob['purpose'],
  report: OpenRelease['report'],
): CompiledOperation {
  const pointer = pointerTo('/operations', operation.name);
  const statement = operation.kind === 'sql' ? known.read(operation.sql) : undefined;
  if (statement?.error !== undefined) report(`${pointer}/sql`, describeSqlError(statement, statement.error));
  const bare = { operation, statement, code: '' };
  const { input } = operation;
  if (input === undefined || purpose === 'read') return bare;
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
  if (!isSound) return bare;
  const generated = generator.generate(input);
  if (!generated.ok) {
    for (const problem of generated.problems)
      report(place + problem.pointer, `this input schema is not valid: ${problem.message}`);
    return bare;
  }
  if (purpose === 'serve') return { ...bare, code: generated.code };
  // Code that does not evaluate must refuse the release here too.
  if (generated.isNew) buildValidator(generated.code);
  return bare;
}

function judgeSmokeSchemas(tests: Release['smoke'], report: OpenRelease['report']): void {
  for (const [i, { expect }] of tests.entries()) {
    if (expect.schema === undefined) continue;
    const compiled = compileExpectedSchema(expect.schema);
    for (const { pointer, message } of compiled.ok ? [] : compiled.problems)
      report(`/smoke/${i}/expect/schema${pointer}`, `this schema is not valid: ${message}`);
  }
}

function describeSqlError(
  statement: Statement,
  { message, position }: NonNullable<Statement['error']>,
): string {
  if (position === undefined) return `the SQL is not valid: ${message}`;
  const { line, column } = locateInSql(statement.sql, mapToSql(statement, position));
  return `the SQL is not valid: ${message} (line ${line}, column ${column} of the statement)`;
}
