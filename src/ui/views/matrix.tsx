// Which of the newest releases fit the environment's database now, and which of them one can roll back to.
import { Refusal } from '../parts/findings.tsx';
import type { MatrixRow, Status } from '../state/answers.ts';
import { linkTo } from '../state/route.ts';
import { environmentPath, mayWrite, useKnown } from '../state/store.ts';
import { useAnswer } from '../state/use-answer.ts';

export function Matrix({ status }: { readonly status: Status }) {
  const known = useKnown();
  const { environment, serving, conditions } = status;
  const drift = conditions.find(({ type }) => type === 'Drifted');
  const { value, problem, isAsking } = useAnswer<{ releases: readonly MatrixRow[] }>(
    `${environmentPath(environment)}/matrix?limit=25`,
    `${serving?.revision ?? ''} ${drift?.since ?? ''}`,
  );
  const rollback = linkTo('move', environment, 'rollback');
  return (
    <section class="panel" aria-label="rollback matrix" aria-busy={isAsking}>
      <h2>Which releases fit now</h2>
      {problem === undefined ? null : <Refusal problem={problem} />}
      <ul class="items">
        {(value?.releases ?? []).map(({ release, verdict, code, object, isRollbackTarget }) => (
          <li key={release}>
            <div>
              <a href={linkTo('release', release)}>{release}</a>
            </div>
            <div>
              <span class={`mark ${verdict === 'fits' ? 'pass' : 'fail'}`}>{verdict}</span>{' '}
              {code === null ? null : `${code} ${object ?? ''}`}
              {release === serving?.release ? <span class="dim">served now</span> : null}
              {isRollbackTarget && release !== serving?.release ? (
                <span class="dim">was served before</span>
              ) : null}
            </div>
            <div>
              {isRollbackTarget && verdict === 'fits' && mayWrite(known) && release !== serving?.release ? (
                <a href={`${rollback}?release=${encodeURIComponent(release)}`}>Roll back to {release}</a>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
