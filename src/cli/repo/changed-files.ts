// Finds changes of stk.yaml and of release files, in a range of commits, that the Hub will refuse. Most would only show
// when a pointer names the release again, at the time of a rollback.
import { StkError } from '../../kernel/errors.ts';
import { parseProject } from '../../documents/project/parse-project.ts';
import { gateKinds } from '../../gates/gate-kinds.ts';
import { parseRelease } from '../../documents/release/parse-release.ts';
import type { DocumentProblem } from '../../model/problem.ts';
import { formatProblems } from '../../model/problem.ts';
import type { ChangedPointer } from './changed-pointers.ts';
import type { LocalRepo } from './local-repo.ts';

type WrongFile = Extract<ChangedPointer, { kind: 'wrong' | 'removed' }>;

/** For changes that concern more than one environment. */
const everywhere = '*';

/** `moves`: reported already. */
export async function findWrongFiles(
  repo: LocalRepo,
  range: { readonly base: string; readonly head: string },
  moves: readonly ChangedPointer[],
): Promise<readonly WrongFile[]> {
  const { base, head } = range;
  const [before, after] = [await repo.documents(base, 'releases'), await repo.documents(head, 'releases')];
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter((release) => before.get(release) !== after.get(release))
    .sort();
  const found = [...(await judgeProject(repo, base, head))];
  for (const release of changed) {
    const named = await judgeNamed(repo, { release, base, blob: after.get(release) });
    if (named.length > 0) {
      if (!isTold(moves, release)) found.push(...named);
      continue;
    }
    const isJudged = moves.some((move) => move.kind === 'names' && move.release === release);
    if (!isJudged && after.has(release)) found.push(...(await judgeRelease(repo, head, release)));
  }
  return found;
}

function isTold(moves: readonly ChangedPointer[], release: string): boolean {
  return moves.some((move) => move.kind === 'wrong' && move.release === release);
}

async function judgeProject(repo: LocalRepo, base: string, head: string): Promise<readonly WrongFile[]> {
  const text = await repo.file(head, 'stk.yaml');
  if (text === (await repo.file(base, 'stk.yaml'))) return [];
  if (text === undefined)
    return [wrong(everywhere, null, new StkError('project-invalid', 'stk.yaml is removed'))];
  const parsed = parseProject(text, { file: 'stk.yaml', gateKinds });
  return parsed.ok ? [] : [wrong(everywhere, null, invalid('project-invalid', parsed.problems))];
}

async function judgeRelease(repo: LocalRepo, head: string, release: string): Promise<readonly WrongFile[]> {
  const file = `releases/${release}.yaml`;
  const text = (await repo.file(head, file)) ?? '';
  const parsed = parseRelease(text, { file, id: release });
  return parsed.ok ? [] : [wrong(everywhere, release, invalid('release-invalid', parsed.problems))];
}

/** A release that a pointer in the base's history named must never change. */
export async function judgeNamed(
  repo: LocalRepo,
  change: { readonly release: string; readonly base: string; readonly blob: string | undefined },
): Promise<readonly WrongFile[]> {
  const { release, base, blob } = change;
  const identity = await repo.releaseIdentity(base, release);
  if (identity === undefined || identity.blob === blob) return [];
  const file = `releases/${release}.yaml`;
  const what = blob === undefined ? 'is removed' : 'is changed';
  const error = new StkError(
    'release-mutated',
    `${file} ${what}, but a pointer once named ${release}: no environment can roll back to it any more`,
    {
      hint: `Restore it: git checkout ${identity.revision.slice(0, 12)} -- ${file}. Put a change under a new id.`,
    },
  );
  const environments: string[] = [];
  for (const environment of (await repo.documents(base, 'environments')).keys()) {
    const changes = await repo.changes(base, environment);
    if (changes.some((one) => one.release === release)) environments.push(environment);
  }
  return (environments.length === 0 ? [everywhere] : environments).map((environment) =>
    wrong(environment, release, error),
  );
}

function invalid(
  code: 'project-invalid' | 'release-invalid',
  problems: readonly DocumentProblem[],
): StkError {
  return new StkError(code, formatProblems(problems));
}

function wrong(environment: string, release: string | null, error: StkError): WrongFile {
  return { kind: 'wrong', environment, from: null, release, error };
}
