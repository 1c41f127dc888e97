// One environment of the pipeline at a glance: what it serves, what waits and for which gates, what stands in the way.
import { isFrozen } from '../parts/freezes.tsx';
import { GateMarks } from '../parts/gates.tsx';
import { Share } from '../parts/share.tsx';
import { flagsOf, standingOf } from '../parts/standing.ts';
import { Time } from '../parts/time.tsx';
import { nameOf } from '../parts/words.ts';
import type { Status } from '../state/answers.ts';
import { linkTo } from '../state/route.ts';
import { type Known, mayWrite } from '../state/store.ts';

export interface CardProps {
  readonly environment: string;
  readonly known: Known;
  /** A card that serves, or should serve, this release stands out. */
  readonly sought: string;
}

export function Card({ environment, known, sought }: CardProps) {
  const status = known.statuses.get(environment);
  const policy = known.pipeline.environments.find((one) => one.environment === environment);
  const from = policy?.from ?? [];
  if (status === undefined)
    return (
      <article class="card idle" aria-label={environment}>
        <h2>{environment}</h2>
        <p class="dim">not read yet</p>
      </article>
    );
  const { desired, serving } = status;
  const { state, reason } = standingOf(status);
  const flags = flagsOf(status, isFrozen(environment, known.pipeline.freezes));
  const isFollowed = sought !== '' && [desired?.release, serving?.release].includes(sought);
  return (
    <article class={`card ${state} ${isFollowed ? 'followed' : ''}`} aria-label={environment}>
      <div class="head">
        <h2>
          <a href={linkTo('environment', environment)}>{environment}</a>
        </h2>
        <span class={`mark state ${state}`}>{reason}</span>
      </div>
      <div class="body">
        {from.length === 0 ? null : <p class="dim small">from {from.join(', ')}</p>}
        <p class="release">
          {serving === null ? (
            <span class="dim">serves nothing</span>
          ) : (
            <a href={linkTo('release', serving.release)}>{serving.release}</a>
          )}
        </p>
        <p class="dim small">
          {serving === null ? null : (
            <>
              served <Time at={serving.since} />
            </>
          )}
          {serving === null || desired === null ? '' : ' · '}
          {desired === null ? 'no pointer' : `by ${nameOf(desired.by)}`}
        </p>
        <CanaryShare environment={environment} known={known} />
        <Waiting status={status} gates={policy?.gates ?? []} />
        {flags.length === 0 ? null : (
          <p class="flags">
            {flags.map((flag) => (
              <span class="mark fail" key={flag}>
                {flag}
              </span>
            ))}
          </p>
        )}
      </div>
      {mayWrite(known) ? (
        <div class="actions">
          <a class="button" href={linkTo('move', environment, 'promote')}>
            Promote<span class="hidden"> to {environment}</span>
          </a>
          <a class="button quiet" href={linkTo('move', environment, 'rollback')}>
            Roll back<span class="hidden"> {environment}</span>
          </a>
        </div>
      ) : null}
    </article>
  );
}

function CanaryShare({ environment, known }: Pick<CardProps, 'environment' | 'known'>) {
  const canary = known.canaries.get(environment);
  if (canary === undefined || canary.id === null) return null;
  return (
    <p class="canary small">
      <Share weight={canary.weight} />{' '}
      <a href={linkTo('canary', environment)}>
        {canary.weight} % of {canary.of}
      </a>
    </p>
  );
}

/** What should be served and is not, with the reason and the marks of its gates; else what it takes to get in. */
function Waiting({
  status,
  gates,
}: {
  readonly status: Status;
  readonly gates: readonly { readonly name: string }[];
}) {
  const { desired, admission } = status;
  const { state, why, isApart } = standingOf(status);
  if (state === 'good' || desired === null) return gates.length === 0 ? null : <GateMarks gates={gates} />;
  return (
    <div class={`waiting ${state}`}>
      {isApart ? (
        <p class="cut">
          should serve <a href={linkTo('release', desired.release)}>{desired.release}</a>{' '}
          <span class="dim small">
            <Time at={desired.at} />
          </span>
        </p>
      ) : null}
      <p class="why small" title={why}>
        {why}
      </p>
      {admission === undefined || !isApart ? null : <GateMarks gates={admission.gates} />}
    </div>
  );
}
