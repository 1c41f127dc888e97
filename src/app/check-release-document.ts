// The check for programs that import stk: does a release fit a database? It runs in a process of low priority, which ends with it.
import { createHash } from 'node:crypto';
import { defaultLimits } from '../documents/project/parse-project.ts';
import { StkError } from '../kernel/errors.ts';
import { formatProblems } from '../model/problem.ts';
import type { AcceptedFinding } from '../model/project.ts';
import type { Verdict } from '../model/verdict.ts';
import { systemClock } from './system-clock.ts';

export interface ReleaseCheck {
  /** Text of a release file. */
  readonly document: string;
  /** The id that its file name gives. */
  readonly release: string;
  readonly database: {
    /** A libpq connection URL of a PostgreSQL server. */
    readonly url: string;
    /** The one schema of search_path. Default: `public`. */
    readonly schema?: string;
    /** Role that calls assume. Default: the login role. */
    readonly role?: string;
    /** The advisory lock that the migration runner takes. Default: none. */
    readonly migrationLock?: string;
  };
  /** Warnings block too. Default: false. */
  readonly strict?: boolean;
  /** Findings that do not block, as in stk.yaml. Default: none. */
  readonly accept?: readonly AcceptedFinding[];
}

/**
 * Executes nothing from the release. What is wrong with the database is part of the verdict. Rejects with
 * `release-invalid`.
 */
export async function checkRelease({
  document,
  release,
  database,
  strict = false,
  accept = [],
}: ReleaseCheck): Promise<Verdict> {
  const { createReleaseCompiler } = await import('../serving/compile/compile-release.ts');
  const compiler = createReleaseCompiler({ isBackground: true });
  const { url, schema = 'public', role, migrationLock } = database;
  try {
    const blob = createHash('sha256').update(document).digest('hex');
    const outcome = await compiler.check(
      { text: document, file: `releases/${release}.yaml`, id: release, blob },
      {
        address: { url, schema, role, limits: defaultLimits },
        strict,
        accept,
        migrationLock,
        now: systemClock.now(),
      },
    );
    if (outcome.ok) return outcome.verdict;
    throw new StkError('release-invalid', formatProblems(outcome.problems), { details: { release } });
  } finally {
    await compiler.close();
  }
}
