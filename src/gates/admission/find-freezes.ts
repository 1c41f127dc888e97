// Which freezes stop a forward move, and when that can change. An override counts for the freezes that it names if its
// author has a role that may override.
import type { AdmissionFacts } from './admission-facts.ts';
import type { AdmissionPolicy } from './admission-policy.ts';
import { describeTime } from '../describe-time.ts';
import { type Freeze, frozenBy } from '../../model/pipeline/freeze.ts';
import { holdsOneOf } from '../../model/pipeline/people.ts';

interface FreezeFacts extends Pick<AdmissionFacts, 'freezes'> {
  readonly move: Pick<AdmissionFacts['move'], 'override'>;
}

export function findFreezes(
  { environment, of, people, freeze }: AdmissionPolicy,
  { freezes, move }: FreezeFacts,
  { isHotfix, now }: { readonly isHotfix: boolean; readonly now: number },
): { readonly message: string | undefined; readonly again: number | undefined } {
  const { override } = move;
  const mayOverride = override !== undefined && holdsOneOf(people, freeze.override, override.by);
  // A canary is part of the other environment's calls: a freeze there stops it too.
  const concerned = freezes.filter(
    ({ environments, until }) =>
      (environments === undefined ||
        environments.includes(environment) ||
        (of !== undefined && environments.includes(of))) &&
      now < (until ?? Infinity),
  );
  const stopping = concerned.filter(
    (one) =>
      (one.from ?? -Infinity) <= now &&
      !(isHotfix && one.allowsHotfix) &&
      !(mayOverride && override.freezes.includes(one.name)),
  );
  const moments = concerned
    .flatMap(({ from, until }) => [from ?? now, until ?? now])
    .filter((at) => at > now);
  const again = moments.length === 0 ? undefined : Math.min(...moments);
  if (stopping.length === 0) return { message: undefined, again };
  const refused =
    override === undefined || mayOverride
      ? ''
      : ` The override by ${override.by} does not count: it needs one of these roles: ${freeze.override.join(', ') || 'none is allowed'}.`;
  return { message: `${frozenBy}${stopping.map(describeFreeze).join('; ')}.${refused}`, again };
}

function describeFreeze({ name, reason, until }: Freeze): string {
  return `${name}${until === undefined ? '' : ` until ${describeTime(until)}`} (${reason})`;
}
