// Which releases an environment can be rolled back to: those that earlier pointer commits of it name.
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
