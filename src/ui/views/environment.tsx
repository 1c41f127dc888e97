// One environment: what stands for and against it, its gates, its history, where it can go back to, its calls.
import { Act } from '../parts/act.tsx';
import { CallCharts } from '../parts/call-charts.tsx';
import { Findings, GateTable, Refusal, Time } from '../parts/verdict.tsx';
import type { MatrixRow, Status } from '../state/answers.ts';
import { write } from '../state/hub.ts';
import { linkTo } from '../state/route.ts';
import { environmentPath, mayApprove, mayWrite, projectPath, useKnown } from '../state/store.ts';
import { useAnswer } from '../state/use-answer.ts';
import { History } from './history.tsx';

export function EnvironmentView({ environment }: { readonly environment: string }) {
  const { statuses, canaries } = useKnown();
  const status = statuses.get(environment);
  if (status === undefined) return <p role="alert">The Hub serves no environment {environment}.</p>;
  const { desired, serving, admission } = status;
  return (
    <>
      <h1>{environment}</h1>
      <p>
        {serving === null ? (
          'It serves nothing.'
        ) : (
          <>
            It serves <a href={linkTo('release', serving.release)}>{serving.release}</a> since{' '}
            <Time at={serving.since} />.
          </>
        )}
        {desired === null || desired.release === serving?.release ? null : (
          <>
            {' '}
            It should serve <a href={linkTo('release', desired.release)}>{desired.release}</a>.
          </>
        )}
      </p>
      {canaries.has(environment) ? (
        <p>
          It is a canary: <a href={linkTo('canary', environment)}>watch it</a>.
        </p>
      ) : null}
      {desired?.hold === undefined ? null : (
        <p class="notice">Held, so that automation makes no forward move: {desired.hold}</p>
      )}
      <Actions status={status} />
      <Conditions status={status} />
      {status.findings.length === 0 ? null : (
        <section aria-label="findings">
          <h2>Findings</h2>
          <Findings findings={status.findings} />
        </section>
      )}
      {admission === undefined ? null : (
        <section aria-label="gates">
          <h2>
            Gates: {admission.release} {admission.outcome}
          </h2>
          <p>{admission.message}</p>
          <GateTable gates={admission.gates} />
        </section>
      )}
      <section aria-label="calls">
        <h2>Calls</h2>
        <CallCharts environment={environment} />
      </section>
      <History status={status} />
      <Matrix status={status} />
    </>
  );
}

function Actions({ status }: { readonly status: Status }) {
  const known = useKnown();
  if (!mayWrite(known)) return null;
  const { environment, desired } = status;
  const path = environmentPath(environment);
  const freezes = known.pipeline.freezes.filter(
    ({ environments }) => environments?.includes(environment) ?? true,
  );
  const judge = (verb: 'approve' | 'reject') => (comment: string) =>
    write('POST', `${path}/${verb}`, { release: desired?.release, ...(comment === '' ? {} : { comment }) });
  const reason = { label: 'Reason', isRequired: true };
  const comment = { label: 'Comment', isRequired: false };
  return (
    <div class="actions">
      <a class="button primary" href={linkTo('move', environment, 'promote')}>
        Promote
      </a>
      <a class="button" href={linkTo('move', environment, 'rollback')}>
        Roll back
      </a>
      <Act
        label="Freeze"
        explains={`Nothing is promoted into ${environment} until the freeze is lifted. Rollbacks still work.`}
        asks={reason}
        run={(why) => write('POST', `${projectPath()}/freezes`, { environments: [environment], reason: why })}
      />
      {freezes.map(({ freeze }) => (
        <Act
          key={freeze}
          label={`Lift ${freeze}`}
          explains="Promotions work again."
          run={() => write('DELETE', `${projectPath()}/freezes/${encodeURIComponent(freeze)}`)}
        />
      ))}
      <Act
        label="Halt everything"
        isDanger
        explains="Nothing is promoted into any environment until the halt is lifted. Rollbacks still work."
        asks={reason}
        run={(why) => write('POST', `${projectPath()}/halt`, { reason: why })}
      />
      {desired?.hold !== undefined ? (
        <Act
          label="Resume"
          explains={`The hold of ${environment} is lifted.`}
          run={() => write('POST', `${path}/resume`)}
        />
      ) : null}
      {mayApprove(known, environment) && desired !== null && status.admission !== undefined ? (
        <>
          <Act
            label="Approve"
            explains={`${desired.release} may enter ${environment}.`}
            asks={comment}
            run={judge('approve')}
          />
          <Act
            label="Reject"
            isDanger
            explains={`${desired.release} may not enter ${environment}.`}
            asks={comment}
            run={judge('reject')}
          />
        </>
      ) : null}
    </div>
  );
}

function Conditions({ status }: { readonly status: Status }) {
  return (
    <section aria-label="conditions">
      <h2>Conditions</h2>
      <div class="wide" tabIndex={0} role="region" aria-label="table of conditions">
        <table>
          <thead>
            <tr>
              <th scope="col">Condition</th>
              <th scope="col">Is</th>
              <th scope="col">Why</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {status.conditions.map(({ type, status: state, reason, message, since }) => (
              <tr key={type}>
                <th scope="row">{type}</th>
                <td>{state}</td>
                <td class="says">
                  <strong>{reason}</strong> {message}
                </td>
                <td>
                  <Time at={since} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Matrix({ status }: { readonly status: Status }) {
  const known = useKnown();
  const serving = status.serving?.release;
  const path = `${environmentPath(status.environment)}/matrix?limit=25`;
  const { value, problem, isAsking } = useAnswer<{ releases: readonly MatrixRow[] }>(
    path,
    status.serving?.revision ?? '',
  );
  return (
    <section aria-label="rollback matrix" aria-busy={isAsking}>
      <h2>Which releases fit now</h2>
      {problem === undefined ? null : <Refusal problem={problem} />}
      <ul class="matrix">
        {(value?.releases ?? []).map(({ release, verdict, code, object, isRollbackTarget }) => (
          <li key={release}>
            <a href={linkTo('release', release)}>{release}</a>{' '}
            <span class={`mark ${verdict === 'fits' ? 'pass' : 'fail'}`}>{verdict}</span>{' '}
            {code === null ? null : `${code} ${object ?? ''}`}
            {isRollbackTarget ? <span class="dim"> served before</span> : null}
            {isRollbackTarget && verdict === 'fits' && mayWrite(known) && release !== serving ? (
              <>
                {' '}
                <a
                  href={`${linkTo('move', status.environment, 'rollback')}?release=${encodeURIComponent(release)}`}
                >
                  Roll back to {release}
                </a>
              </>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
