// Which pointers a range of commits moves, and to what. Only reads git; the Hub checks whether the releases fit.
import { StkError } from '../../kernel/errors.ts';
import { parsePointer } from '../../documents/parse-pointer.ts';
import { readPointerRelease } from '../../documents/edit-pointer.ts';
import { formatProblems } from '../../model/problem.ts';
import { pointerPath } from '../../promotion/pointer-file.ts';
import type { LocalRepo } from './local-repo.ts';

export type ChangedPointer =
  | {
      readonly kind: 'names';
      readonly environment: string;
      readonly from: string | null;
      readonly release: string;
      /** Text of `releases/<release>.yaml` at the head. */
      readonly document: string;
      /** The base does not have it. */
      readonly isNew: boolean;
    }
  /** Wrong for every database; or, without an error, the pointer was removed. */
  | {
      readonly kind: 'wrong' | 'removed';
      readonly environment: string;
      readonly from: string | null;
      readonly release: string | null;
      readonly error: StkError | undefined;
    };

type Reader = Pick<LocalRepo, 'file' | 'documents'>;

/** In the order of environment names. A release whose bytes changed under an unchanged pointer counts as a move. */
export async function findPointerMoves(
  repo: Reader,
  base: string,
  head: string,
): Promise<readonly ChangedPointer[]> {
  const before = await repo.documents(base, 'environments');
  const after = await repo.documents(head, 'environments');
  const touched = await touchesReleases(repo, base, head);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const moves: ChangedPointer[] = [];
  for (const environment of names) {
    if (!touched && before.get(environment) === after.get(environment)) continue;
    const move = await findMove(repo, { environment, base, head });
    if (move !== undefined) moves.push(move);
  }
  return moves;
}

/** Whether a release of the base is gone or different: then unchanged pointers must be checked too. */
async function touchesReleases(repo: Reader, base: string, head: string): Promise<boolean> {
  const [before, after] = [await repo.documents(base, 'releases'), await repo.documents(head, 'releases')];
  return [...before].some(([release, blob]) => after.get(release) !== blob);
}

async function findMove(
  repo: Reader,
  { environment, base, head }: { environment: string; base: string; head: string },
): Promise<ChangedPointer | undefined> {
  const path = pointerPath(environment);
  const before = await repo.file(base, path);
  const after = await repo.file(head, path);
  const from = before === undefined ? null : (readPointerRelease(before) ?? null);
  if (after === undefined) return { kind: 'removed', environment, from, release: null, error: undefined };
  const parsed = parsePointer(after, { file: path });
  if (!parsed.ok) {
    if (after === before) return undefined;
    const error = new StkError('pointer-invalid', formatProblems(parsed.problems));
    return { kind: 'wrong', environment, from, release: null, error };
  }
  const { release } = parsed.value;
  const file = `releases/${release}.yaml`;
  const document = await readOrRefuse(repo, head, file);
  if (document instanceof StkError) return { kind: 'wrong', environment, from, release, error: document };
  const earlier = await repo.file(base, file);
  if (after === before && document === earlier) return undefined;
  if (document === undefined) {
    const error = new StkError('unknown-release', `${path} names ${release}, but there is no ${file}`);
    return { kind: 'wrong', environment, from, release, error };
  }
  if (from === release && earlier !== undefined && document !== earlier) {
    const error = new StkError(
      'release-mutated',
      `${file} was changed, but a release that a pointer names is immutable`,
      {
        hint: 'Give the changed release a new id.',
      },
    );
    return { kind: 'wrong', environment, from, release, error };
  }
  return { kind: 'names', environment, from, release, document, isNew: document !== earlier };
}

/** Bytes that are not text are an error of the branch, not of the check. */
async function readOrRefuse(
  repo: Reader,
  revision: string,
  path: string,
): Promise<string | StkError | undefined> {
  try {
    return await repo.file(revision, path);
  } catch (error) {
    if (error instanceof StkError && ['malformed', 'too-large'].includes(error.code)) return error;
    throw error;
  }
}
