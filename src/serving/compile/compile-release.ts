// The release compiler: text of a release file in, a CompiledRelease or every problem of the file out. A background
// compiler also checks. The work is done outside the main thread (hosted-jobs.ts).
import type { CheckOrder } from '../../model/check-order.ts';
import type { DocumentProblem } from '../../model/problem.ts';
import type { Release } from '../../model/release.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { Statement } from '../../sql/statement.ts';
import { collectRelease, type CompileOutcome } from './collect-release.ts';
import type { CompilePurpose, CompileReport } from './compile-protocol.ts';
import { HostedJobs, type HostedJobsOptions, type Task } from './hosted-jobs.ts';

export interface CompileRequest {
  readonly text: string;
  /** Path in the repo, for the problems. */
  readonly file: string;
  /** The id in the file name. */
  readonly id: string;
  /** Object id of the file's blob. */
  readonly blob: string;
}

/** What a check against a database needs: a release without validators. */
export interface CheckableRelease {
  readonly release: Release;
  /** Hex digest of the release file's bytes. */
  readonly digest: string;
  /** For every SQL operation, by name. */
  readonly statements: ReadonlyMap<string, Statement>;
}

export type CompiledRead =
  | { readonly ok: true; readonly checkable: CheckableRelease }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

export type CompiledCheck =
  | { readonly ok: true; readonly verdict: Verdict }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

export interface ReleaseCompiler {
  /**
   * One release at a time, in the order of requests. Rejects after close(), and with `overloaded` when its host was
   * killed twice.
   */
  compile(request: CompileRequest): Promise<CompileOutcome>;
  /** The same problems, for a release that will not be served from here: without validators. */
  judge(request: CompileRequest): Promise<CompiledRead>;
  /** The cheap part: parses it and prepares its statements, without input schemas. */
  read(request: CompileRequest): Promise<CompiledRead>;
  /** As `judge`, and then a check against a database on a server, in the same place: only for background compilers. */
  check(request: CompileRequest, order: CheckOrder): Promise<CompiledCheck>;
  /** Ends the host; the current compilation rejects. */
  close(): Promise<void>;
}

export type ReleaseCompilerOptions = HostedJobsOptions;

export function createReleaseCompiler(options: ReleaseCompilerOptions = {}): ReleaseCompiler {
  const jobs = new HostedJobs(options);
  return {
    compile: (request) => jobs.run(request, compiling('serve')),
    judge: async (request) => toRead(await jobs.run(request, compiling('judge'))),
    read: async (request) => toRead(await jobs.run(request, compiling('read'))),
    async check(request, order) {
      const outcome = await jobs.run(request, { purpose: 'check', order, collect: () => toChecked });
      if ('defect' in outcome) throw outcome.defect;
      return outcome;
    },
    close: () => jobs.close(),
  };
}

function compiling(purpose: CompilePurpose): Task<CompileOutcome> {
  return { purpose, collect: ({ statements }) => collectRelease(purpose, statements) };
}

function toChecked(report: CompileReport): CompiledCheck | { readonly defect: Error } | undefined {
  if (report.kind === 'verdict') return { ok: true, verdict: report.verdict };
  if (report.kind === 'problems') return { ok: false, problems: report.problems };
  return report.kind === 'defect' ? { defect: report.error } : undefined;
}

function toRead(outcome: CompileOutcome): CompiledRead {
  if (!outcome.ok) return outcome;
  const { release, digest, statements } = outcome.compiled;
  return { ok: true, checkable: { release, digest, statements } };
}
