// Freezes that stand, with their reason.
import type { Freeze } from '../state/answers.ts';
import { Time } from './time.tsx';

export function Freezes({ freezes }: { readonly freezes: readonly Freeze[] }) {
  const standing = freezes.filter((freeze) => !isOver(freeze));
  if (standing.length === 0) return null;
  return (
    <ul class="notice" aria-label="freezes">
      {standing.map(({ freeze, environments, reason, from, until, problem }) => (
        <li key={freeze}>
          <strong>{freeze}</strong> freezes {environments?.join(', ') ?? 'every environment'}: {reason}
          {from === null || Date.parse(from) <= Date.now() ? null : (
            <span class="dim">
              {' '}
              begins <Time at={from} />
            </span>
          )}
          {until === null ? null : (
            <span class="dim">
              {' '}
              ends <Time at={until} />
            </span>
          )}
          {problem === null ? null : <div class="bad">{problem}</div>}
        </li>
      ))}
    </ul>
  );
}

/** The file may stay when the time is over. */
function isOver({ until }: Freeze): boolean {
  return until !== null && Date.parse(until) <= Date.now();
}

/** Those that are about this environment and not over. A file that cannot be read is about every one. */
export function freezesOf(environment: string, freezes: readonly Freeze[]): readonly Freeze[] {
  return freezes.filter((freeze) => !isOver(freeze) && (freeze.environments?.includes(environment) ?? true));
}

export function isFrozen(environment: string, freezes: readonly Freeze[]): boolean {
  return freezesOf(environment, freezes).some(({ from }) => from === null || Date.parse(from) <= Date.now());
}
