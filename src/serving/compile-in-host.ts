// One release's way through a compiler host: sends the job, takes what comes batch by batch, evaluates the validators
// and puts the release together. Which host does it, and what becomes of one that fails, is compile-release.ts's business.
import { createHash } from 'node:crypto';
import type { DocumentProblem } from '../model/problem.ts';
import type { Operation } from '../model/release.ts';
import type { Statement } from '../sql/statement.ts';
import { buildParameterValidator, buildValidator } from './build-validator.ts';
import type { CompileJob, CompileReport, SentStatement } from './compile-protocol.ts';
import { HostKilled, type CompilerHost } from './compiler-host.ts';
import type { CompiledOperation, CompiledRelease } from './compiled-release.ts';
import { indexPermissions } from './permission-index.ts';

export type CompileOutcome =
  | { readonly ok: true; readonly compiled: CompiledRelease }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

export interface Compilation {
  readonly host: CompilerHost;
  /** What the host has sent, by the keys that it gave. */
  readonly statements: Map<number, Statement>;
  /** Milliseconds. */
  readonly maxTime: number;
  /** Asked every so many milliseconds: whether the host gets no time to work in. */
  readonly watch?: { readonly everyMs: number; readonly isStarved: () => boolean } | undefined;
}

/** There is no outcome, and the host must not be used again. */
export interface CompileFailure {
  readonly failed: string;
  /** `starved`: the host got no time to work in. `killed`: somebody else ended it. The others are the release's. */
  readonly cause: 'release' | 'starved' | 'killed';
}

/** Never rejects. */
export function compileInHost(
  { host, statements: known, maxTime, watch }: Compilation,
  job: CompileJob,
): Promise<CompileOutcome | CompileFailure> {
  const operations = new Map<string, CompiledOperation>();
  const statements = new Map<string, Statement>();
  const sources = new Map<string, Operation>();
  return new Promise((resolve) => {
    const finish = (outcome: CompileOutcome | CompileFailure): void => {
      clearTimeout(timer);
      clearInterval(watching);
      stopListening();
      resolve(outcome);
    };
    let reports = 0;
    const take = (report: CompileReport): void => {
      reports += 1;
      try {
        takeReport(report);
      } catch (thrown) {
        // Code that does not evaluate refuses its release; thrown on, it would end the process.
        fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
      // Other work of the event loop comes first.
      if (report.kind === 'ready') return;
      setImmediate(() => {
        host.post('next');
        watching?.refresh();
      });
    };
    const takeReport = (report: CompileReport): void => {
      if (report.kind === 'ready' || report.job !== job.job) return;
      if (report.kind === 'problems') finish({ ok: false, problems: report.problems });
      if (report.kind === 'parts') {
        if (report.forgets) known.clear();
        for (const { operation, statement: sent, code } of report.parts) {
          const { name } = operation;
          const statement = sent === undefined ? undefined : recall(known, sent);
          sources.set(name, operation);
          if (statement !== undefined) statements.set(name, statement);
          if (job.purpose === 'serve') operations.set(name, finishOperation(operation, statement, code));
        }
      }
      if (report.kind === 'done') {
        const { configJson, digest } = report;
        const release = { ...report.release, operations: sources };
        const isAllowed = indexPermissions(release.permissions, sources.keys());
        finish({ ok: true, compiled: { release, digest, operations, statements, configJson, isAllowed } });
      }
    };
    const giveUp = (failed: string, cause: CompileFailure['cause'] = 'release'): void =>
      finish({ failed, cause });
    const fail = (error: Error): void => {
      const cause = error instanceof HostKilled ? 'killed' : 'release';
      giveUp(describeFailure(error), cause);
    };
    const timer = setTimeout(() => {
      giveUp(`the release took longer than ${maxTime} ms to compile: make it smaller or its schemas simpler`);
    }, maxTime);
    const watching =
      watch === undefined
        ? undefined
        : setInterval(() => {
            // What the host has sent meanwhile is taken first: it may be this thread that had no time.
            const before = reports;
            setImmediate(() => {
              if (reports === before && watch.isStarved())
                giveUp('the release could not be compiled: there was no time for it', 'starved');
            });
          }, watch.everyMs);
    const stopListening = host.listen({ take, fail });
    host.post(job);
  });
}

export function describeFailure(error: Error): string {
  return `the release could not be compiled: ${error.message}`;
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
    returns: operation.returns,
    validate: code === '' ? buildParameterValidator(parameters) : buildValidator(code),
  };
}

/** By its text alone: two releases that share a statement share what the server prepared. */
function nameStatement(text: string): string {
  return `stk_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}
