// stk's own refs, below refs/stk/: they protect commits from pruning and are not branches, so that a fetch ignores
// them. Moved by compare and swap.
import { StkError } from '../../kernel/errors.ts';
import { failureOf, runGit } from '../process/run-git.ts';

const zeros = '0'.repeat(40);

export interface RefPlace {
  readonly gitDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** From the ref's current value (`expected`, `null` when absent) to its new one (null: removed). */
export interface RefChange {
  readonly revision: string | null;
  readonly expected: string | null;
}

/** `revision` null removes it. Returns `false` when the ref no longer has the value `expected` (null: absent). */
export async function keepRef(
  at: RefPlace,
  ref: string,
  { revision, expected }: RefChange,
): Promise<boolean> {
  if (!ref.startsWith('refs/stk/')) throw new StkError('internal', `${ref} is not a ref of stk's own`);
  return moveRef(at, ref, { revision, expected });
}

/** Creates the branch unless it exists, with any value. */
export async function createBranch(at: RefPlace, ref: string, revision: string): Promise<void> {
  await moveRef(at, ref, { revision, expected: null });
}

async function moveRef(at: RefPlace, ref: string, { revision, expected }: RefChange): Promise<boolean> {
  const command = {
    directory: at.gitDirectory,
    environment: at.environment,
    args: ['update-ref', '--no-deref', ref, revision ?? zeros, expected ?? zeros],
  };
  const output = await runGit(command);
  if (output.exitCode === 0) return true;
  if (/cannot lock ref/.test(output.stderr)) return false;
  throw failureOf(command, output);
}
