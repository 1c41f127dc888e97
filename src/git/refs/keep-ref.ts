// Refs of stk's own, below refs/stk/: they keep commits from being pruned and are not branches, so that a fetch leaves them
// alone. Moved by compare and swap.
import { StkError } from '../../kernel/errors.ts';
import { failureOf, runGit } from '../process/run-git.ts';

const zeros = '0'.repeat(40);

export interface RefPlace {
  readonly gitDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** From what a ref holds now (`expected`, `null` when nothing) to what it shall hold (null: nothing). */
export interface RefChange {
  readonly revision: string | null;
  readonly expected: string | null;
}

/** `revision` null: removes it. False: the ref does not hold `expected` (null: nothing) any more. */
export async function keepRef(
  at: RefPlace,
  ref: string,
  { revision, expected }: RefChange,
): Promise<boolean> {
  if (!ref.startsWith('refs/stk/')) throw new StkError('internal', `${ref} is not a ref of stk's own`);
  return moveRef(at, ref, { revision, expected });
}

/** Makes the branch unless there is one of that name, whatever it holds. */
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
