// The releases that the Hub may choose, the best first: what `from` serves, the newest ones, or the highest of a range.
import type { AutoChoice } from '../../model/pipeline/auto.ts';

/** The most releases in one decision. */
export const mostCandidates = 20;

/** Releases in the order in which they were added, the oldest first; those added by one commit have the same age. */
export type Ages = ReadonlyMap<string, { readonly revision: string }>;

/** Whether `release` was added before `other`; `undefined` when one of them is unknown. */
export function isOlder(ages: Ages, release: string, other: string): boolean | undefined {
  const [mine, others] = [ages.get(release)?.revision, ages.get(other)?.revision];
  if (mine === undefined || others === undefined) return undefined;
  if (mine === others) return false;
  for (const id of ages.keys()) {
    if (id === release) return true;
    if (id === other) return false;
  }
  return undefined;
}

/** From the releases that are newer than the serving one; from all when `serving` is undefined. */
export function chooseByAge(
  choose: Exclude<AutoChoice, { readonly kind: 'served' }>,
  ages: Ages,
  serving: string | undefined,
): readonly string[] {
  const newer = newerThan(ages, serving);
  if (choose.kind === 'newest') return newer.slice(0, mostCandidates);
  const { versions } = choose;
  return newer
    .filter((release) => versions.includes(release))
    .filter((release) => serving === undefined || (versions.compare(release, serving) ?? 1) > 0)
    .sort((a, b) => versions.compare(b, a) ?? 0)
    .slice(0, mostCandidates);
}

/** The newest first. Nothing is newer than a release of unknown age. */
function newerThan(ages: Ages, serving: string | undefined): readonly string[] {
  const newestFirst = [...ages.keys()].reverse();
  if (serving === undefined) return newestFirst;
  const added = ages.get(serving)?.revision;
  if (added === undefined) return [];
  return newestFirst.slice(
    0,
    newestFirst.findIndex((release) => ages.get(release)?.revision === added),
  );
}
