// The key `override` of a move that passes freezes. Refused before anything is written when its author may not.
import { StkError } from '../../kernel/errors.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { holdsOneOf } from '../../model/pipeline/people.ts';
import type { Override } from '../../model/pointer.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import { listFreezes } from './list-freezes.ts';
import { readPolicy } from './read-policy.ts';
import { requireReason } from './require-reason.ts';

export interface OverrideRequest {
  readonly tip: string;
  /** Names of freezes; empty when nothing is overridden. */
  readonly overrides: readonly string[];
  readonly options: { readonly reason?: string; readonly author?: string };
}

/** Throws `usage`, `unknown-freeze`, `forbidden`. */
export async function readOverride(
  repo: LocalRepo,
  { tip, overrides, options }: OverrideRequest,
): Promise<Override | undefined> {
  if (overrides.length === 0) return undefined;
  const reason = requireReason(options.reason ?? '');
  const [names, pipeline, { email }] = await Promise.all([
    listFreezes(repo, tip),
    readPolicy(repo, tip),
    repo.identity(options.author),
  ]);
  const unknown = overrides.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new StkError(
      'unknown-freeze',
      `there is no freeze ${JSON.stringify(unknown.slice(0, 80))}${suggest(unknown, names)}; nothing was written`,
      { hint: names.length === 0 ? 'Nothing is frozen.' : `Freezes: ${names.join(', ')}` },
    );
  const { people, freeze } = pipeline;
  if (holdsOneOf(people, freeze.override, email)) return { freezes: overrides, reason };
  const roles = freeze.override.join(' or ') || 'no role can do it';
  throw new StkError(
    'forbidden',
    `${email} may not override a freeze: it needs ${roles}; nothing was written`,
    { hint: 'Ask somebody who has the role; stk.yaml names them under people and freeze.override.' },
  );
}
