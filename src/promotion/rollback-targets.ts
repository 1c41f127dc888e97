// Which releases an environment can be rolled back to: those that earlier pointer commits of it name.
import { StkError } from '../kernel/errors.ts';
import type { Change } from './change.ts';

export interface RollbackTarget {
  readonly release: string;
  /** The newest pointer commit that named it. */
  readonly revision: string;
  readonly at: string;
}

/** Newest first, each release once, without the one that the pointer names now. `changes`: all of the environment's, newest first. */
export function rollbackTargets(changes: readonly Change[]): readonly RollbackTarget[] {
  const current = changes[0]?.release;
  const targets = new Map<string, RollbackTarget>();
  for (const { release, revision, at } of changes.slice(1)) {
    if (release === null || release === current || targets.has(release)) continue;
    targets.set(release, { release, revision, at });
  }
  return [...targets.values()];
}

export interface NoTarget {
  readonly environment: string;
  readonly kind: 'previous' | 'last-known-good';
  readonly skipped: readonly { readonly release: string; readonly why: string }[];
}

/** There is no target; gives the reason for each release that was skipped. */
export function noTarget({ environment, kind, skipped }: NoTarget): StkError {
  const passed = skipped.map(({ release, why }) => `${release}: ${why}`).join('; ');
  const what =
    kind === 'previous'
      ? `${environment} served no release before the one that it serves now`
      : `no other release that ${environment} served is known to be good`;
  const hint = `Name a release: stk release rollback --env ${environment} --to-release-id ID. Which fit: stk release check --env ${environment} --all`;
  return new StkError('unknown-release', passed === '' ? what : `${what} (${passed})`, {
    hint,
    details: { environment, skipped },
  });
}
