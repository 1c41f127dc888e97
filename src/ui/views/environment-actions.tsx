// What a person may do to an environment. Who may not write sees nothing of it.
import { Act } from '../parts/act.tsx';
import { freezesOf } from '../parts/freezes.tsx';
import type { Status } from '../state/answers.ts';
import { write } from '../state/hub.ts';
import { linkTo } from '../state/route.ts';
import { environmentPath, mayApprove, mayWrite, projectPath, useKnown } from '../state/store.ts';

const reason = { label: 'Reason', isRequired: true };
const comment = { label: 'Comment', isRequired: false };

export function EnvironmentActions({ status }: { readonly status: Status }) {
  const known = useKnown();
  if (!mayWrite(known)) return null;
  const { environment, desired } = status;
  const path = environmentPath(environment);
  const judge = (verb: 'approve' | 'reject') => (said: string) =>
    write('POST', `${path}/${verb}`, {
      release: desired?.release,
      ...(said === '' ? {} : { comment: said }),
    });
  return (
    <div class="actions">
      <a class="button primary" href={linkTo('move', environment, 'promote')}>
        Promote
      </a>
      <a class="button" href={linkTo('move', environment, 'rollback')}>
        Roll back
      </a>
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
      {desired?.hold === undefined ? null : (
        <Act
          label="Resume"
          explains={`The hold of ${environment} is lifted.`}
          run={() => write('POST', `${path}/resume`)}
        />
      )}
      <Act
        label="Freeze"
        explains={`Nothing is promoted into ${environment} until the freeze is lifted. Rollbacks still work.`}
        asks={reason}
        run={(why) => write('POST', `${projectPath()}/freezes`, { environments: [environment], reason: why })}
      />
      {freezesOf(environment, known.pipeline.freezes).map(({ freeze }) => (
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
    </div>
  );
}
