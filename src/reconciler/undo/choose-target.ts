// Which release an environment can roll back to: the one below the served release, or the last known good one. Gives
// the reason for each one that it skips. Only that one release is checked against the database.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { Veto } from '../../model/pipeline/freeze.ts';
import type { LastKnownGoodPolicy } from '../../model/project.ts';
import { type PiledRelease, listBelow } from '../../promotion/activation-pile.ts';
import type { Stretch } from '../state/health-notes.ts';

export type TargetKind = 'previous' | 'last-known-good';

export interface ChosenTarget {
  readonly environment: string;
  /** `null` when none exists. */
  readonly release: string | null;
  /** The pointer commit that activated it, and when; `null` when none exists. */
  readonly revision: string | null;
  readonly since: string | null;
  /** Whether it fits the database now; `null` when none exists, or that is unknown now. */
  readonly fits: boolean | null;
  /** Newer ones that were skipped. */
  readonly skipped: readonly { readonly release: string; readonly why: string }[];
}

export interface TargetRequest {
  readonly kind: TargetKind;
  readonly environment: string;
  readonly repo: ConfigRepo;
  /** Commit of the followed branch. */
  readonly revision: string;
  /** The tree `releases/` there. */
  readonly releases: string | undefined;
  readonly served: { readonly release: string; readonly digest: string } | undefined;
  /** The oldest first. */
  readonly activations: readonly PiledRelease[];
  readonly policy: LastKnownGoodPolicy;
  veto(release: string): Promise<Veto | null>;
  /** When the content was served healthily. */
  healthOf(activation: PiledRelease): Promise<readonly Pick<Stretch, 'since' | 'seen'>[]>;
  /** Whether a release fits the database now; `null` when unknown. `why`: what does not fit. */
  fits(release: string): Promise<{ readonly fits: boolean | null; readonly why?: string }>;
  /** Also skip those that do not fit. */
  readonly mustFit?: boolean | undefined;
}

const wordsOf: ReadonlyMap<string, string> = new Map([
  ['smoke', 'its smoke tests failed after it was activated'],
  ['canary', 'its canary failed'],
  ['trigger', 'a trigger rolled it back'],
]);

export async function chooseTarget(request: TargetRequest): Promise<ChosenTarget> {
  const { kind, environment } = request;
  const skipped: { release: string; why: string }[] = [];
  for (const candidate of kind === 'previous' ? belowServed(request) : newestFirst(request)) {
    const why = await whyNot(request, candidate);
    if (why !== undefined) {
      skipped.push({ release: candidate.release, why });
      continue;
    }
    const { release, revision, at } = candidate;
    const { fits, why: misfit = 'it does not fit the database' } = await request.fits(release);
    if (fits === false && request.mustFit === true) {
      skipped.push({ release, why: misfit });
      continue;
    }
    return { environment, release, revision, since: new Date(at).toISOString(), fits, skipped };
  }
  return { environment, release: null, revision: null, since: null, fits: null, skipped };
}

function belowServed({ activations, served }: TargetRequest): readonly PiledRelease[] {
  return listBelow(activations, served);
}

/** Each content once, by its newest activation that was not undone; if all were, by its newest. */
function newestFirst({ activations, served }: TargetRequest): readonly PiledRelease[] {
  const others = activations.filter(({ digest }) => digest !== served?.digest).toReversed();
  const newest = others.filter((one, i) => others.findIndex(({ digest }) => digest === one.digest) === i);
  return newest.map(
    (one) => others.find(({ digest, undoneBy }) => digest === one.digest && undoneBy === null) ?? one,
  );
}

async function whyNot(request: TargetRequest, candidate: PiledRelease): Promise<string | undefined> {
  const { kind, repo, releases, policy } = request;
  const { release, digest, undoneBy } = candidate;
  if (undoneBy !== null) return wordsOf.get(undoneBy) ?? 'it was rolled back';
  const veto = await request.veto(release);
  if (veto !== null) return `it is vetoed: ${veto.reason}`;
  const entry = releases === undefined ? undefined : await repo.entry(releases, `${release}.yaml`);
  if (entry?.id !== digest) return 'its file was removed or changed';
  if (kind === 'previous') return undefined;
  const stretches = await request.healthOf(candidate);
  const longest = Math.max(0, ...stretches.map(({ since, seen }) => seen - since));
  if (longest < policy.for)
    return `it was served healthily for ${seconds(longest)} at most; ${seconds(policy.for)} are required`;
  return policy.tags.length === 0 ? undefined : whyNotTagged(request, release);
}

async function whyNotTagged(
  { repo, revision, policy }: TargetRequest,
  release: string,
): Promise<string | undefined> {
  const isWanted = (name: string): boolean => policy.tags.some((tag) => name.startsWith(tag));
  if (isWanted(release)) return undefined;
  const wanted = policy.tags.join(' or ');
  try {
    const [commits, tags] = await Promise.all([repo.releaseCommits(revision), repo.tags()]);
    const names = tags.get(commits.get(release)?.revision ?? '') ?? [];
    return names.some(isWanted)
      ? undefined
      : `neither its id nor a tag of the commit that added it begins with ${wanted}`;
  } catch (thrown) {
    return `its id does not begin with ${wanted}, and the tags cannot be read: ${asStkError(thrown).message}`;
  }
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1000)} s`;
}
