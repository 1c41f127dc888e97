// Stage 1: which release does the environment's pointer name? Refuses a pointer that is absent, not a regular file, or
// does not parse.
import { asStkError, StkError } from '../../kernel/errors.ts';
import { parsePointer } from '../../documents/parse-pointer.ts';
import { maxPointerBytes, type Pointer } from '../../model/pointer.ts';
import { formatProblems } from '../../model/problem.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import { proceed, stopForThrown, stopWith, type Continue, type Stop, type Target } from './stage.ts';

export interface BeforeReadPointer {
  readonly target: Target;
  /** The pointer was read. */
  readonly onDesired: (pointer: Pointer) => void;
}

export interface ReadPointer {
  readonly pointer: Pointer;
  readonly settings: EnvironmentSettings;
  /** Id of the release that the pointer names. */
  readonly release: string;
}

export async function readPointer({
  target,
  onDesired,
}: BeforeReadPointer): Promise<Continue<ReadPointer> | Stop> {
  const { environment, repo, revision, settings } = target;
  const file = `environments/${environment}.yaml`;
  const details = { environment, revision };
  if (settings === undefined) {
    const message = `stk.yaml of ${revision} no longer lists the environment ${environment}.`;
    const hint = `List ${environment} under environments: in stk.yaml again, or restart the Hub to let it go.`;
    return stopWith('EnvironmentRemoved', new StkError('unknown-environment', message, { hint, details }));
  }
  if (target.pointer === undefined) {
    const message = `${revision} has no file ${file}.`;
    const hint = `Name a release there, e.g. stk release promote --to ${environment} --release-id ID.`;
    return stopWith('PointerMissing', new StkError('pointer-invalid', message, { hint, details }));
  }
  if (!isRegularFile(target.pointer.mode)) {
    const message = `${file} is not a regular file (mode ${target.pointer.mode}).`;
    const hint = 'Replace the link or submodule with a file that names a release.';
    return stopWith('PointerInvalid', new StkError('pointer-invalid', message, { hint, details }));
  }
  try {
    const parsed = parsePointer(await repo.text(target.pointer.id, maxPointerBytes), { file });
    if (parsed.ok) {
      const pointer = parsed.value;
      onDesired(pointer);
      return proceed({ pointer, settings, release: pointer.release });
    }
    const hint = 'Correct the file, or revert the commit that changed it.';
    const error = new StkError('pointer-invalid', formatProblems(parsed.problems), { hint, details });
    return stopWith('PointerInvalid', error);
  } catch (thrown) {
    const error = asStkError(thrown);
    if (error.code === 'too-large' || error.code === 'malformed') return stopWith('PointerInvalid', error);
    return stopForThrown(thrown, 'PointerUnreadable');
  }
}

export function isRegularFile(mode: string): boolean {
  return mode.startsWith('100');
}
