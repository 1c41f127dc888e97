// Active releases for tests of what answers calls: a release document by the real compiler, on a database of the test's own.
import { createHash } from 'node:crypto';
import type { Database } from '../../../src/database/database.ts';
import { formatProblems } from '../../../src/model/problem.ts';
import type { ActiveRelease } from '../../../src/serving/serving-table.ts';
import { createReleaseCompiler } from '../../../src/serving/compile/compile-release.ts';
import type { CompiledRelease } from '../../../src/serving/compile/compiled-release.ts';

export interface ActiveParts {
  readonly environment?: string;
  readonly revision?: string;
  readonly database?: Database;
  readonly maxRows?: number;
  readonly refuseWrites?: boolean;
}

/** Compiles the release document `yaml`, and ends the compiler. */
export async function compileYaml(yaml: string): Promise<CompiledRelease> {
  const id = /^release: ?"?([^"\n]+)"?$/m.exec(yaml)?.[1] ?? '';
  const compiler = createReleaseCompiler();
  try {
    const blob = createHash('sha1').update(yaml).digest('hex');
    const outcome = await compiler.compile({ text: yaml, file: `releases/${id}.yaml`, id, blob });
    if (!outcome.ok) throw new Error(formatProblems(outcome.problems));
    return outcome.compiled;
  } finally {
    await compiler.close();
  }
}

/** A compiled release as the serving one. */
export function anActiveRelease(
  compiled: CompiledRelease,
  database: Database,
  parts: ActiveParts = {},
): ActiveRelease {
  return {
    environment: 'dev',
    revision: 'a'.repeat(40),
    since: '2026-11-21T08:00:00.000Z',
    maxRows: 1000,
    refuseWrites: false,
    compiled,
    blob: createHash('sha1').update(compiled.digest).digest('hex'),
    database,
    ...parts,
  };
}
