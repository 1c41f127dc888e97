// One environment: what it serves and what stands against it, its gates, its calls, its history, where it can go back to.
import { CallCharts } from '../parts/call-charts.tsx';
import { Findings } from '../parts/findings.tsx';
import { Freezes, freezesOf } from '../parts/freezes.tsx';
import { GateList } from '../parts/gates.tsx';
import { Share } from '../parts/share.tsx';
import { standingOf } from '../parts/standing.ts';
import { Time } from '../parts/time.tsx';
import { nameOf, short } from '../parts/words.ts';
import type { Admission, Debt, Pipeline, Status, Trigger } from '../state/answers.ts';
import { linkTo } from '../state/route.ts';
import { useKnown } from '../state/store.ts';
import { Conditions } from './conditions.tsx';
import { EnvironmentActions } from './environment-actions.tsx';
import { History } from './history.tsx';
import { Matrix } from './matrix.tsx';

export function EnvironmentView({ environment }: { readonly environment: string }) {
  const { statuses, pipeline } = useKnown();
  const status = statuses.get(environment);
  if (status === undefined) return <p role="alert">The Hub serves no environment {environment}.</p>;
  const { desired, admission, debt = [], triggers = [], findings } = status;
  const { state, reason, why } = standingOf(status);
  const policy = pipeline.environments.find((one) => one.environment === environment);
  return (
    <div class="page">
      <div class="head">
        <h1>{environment}</h1>
        <span class={`mark state ${state}`}>{reason}</span>
      </div>
      <Freezes freezes={freezesOf(environment, pipeline.freezes)} />
      {desired?.hold === undefined ? null : (
        <p class="notice">
          <strong>Held</strong>, so that automation makes no forward move: {desired.hold}
        </p>
      )}
      <Debts debt={debt} />
      <section class="panel" aria-label="releases">
        <Releases status={status} />
        {why === '' || reason === admission?.reason ? null : <p class={`outcome ${state}`}>{why}</p>}
        <CanaryLink environment={environment} />
        <EnvironmentActions status={status} />
      </section>
      {findings.length === 0 ? null : (
        <section class="panel" aria-label="findings">
          <h2>Findings</h2>
          <Findings findings={findings} />
        </section>
      )}
      <Gates admission={admission} policy={policy} />
      <Triggers triggers={triggers} />
      <Conditions status={status} />
      <section class="panel" aria-label="calls">
        <h2>Calls</h2>
        <CallCharts environment={environment} />
      </section>
      <History status={status} />
      <Matrix status={status} />
    </div>
  );
}

function Releases({ status: { desired, serving } }: { readonly status: Status }) {
  const isApart = desired !== null && desired.release !== serving?.release;
  return (
    <>
      <p class="release">
        {serving === null ? (
          'It serves nothing.'
        ) : (
          <>
            It serves <a href={linkTo('release', serving.release)}>{serving.release}</a>
            <span class="dim">
              {' '}
              since <Time at={serving.since} />.
            </span>
          </>
        )}
      </p>
      {isApart ? (
        <p class="release">
          It should serve <a href={linkTo('release', desired.release)}>{desired.release}</a>.
        </p>
      ) : null}
      {desired === null ? (
        <p class="dim">It has no pointer.</p>
      ) : (
        <p class="dim">
          The pointer was moved by {nameOf(desired.by)} <Time at={desired.at} />, commit{' '}
          <code>{short(desired.revision)}</code>.
        </p>
      )}
    </>
  );
}

/** The sentences of gates say what the message says, so that it stands where none exist. */
function Gates({
  admission,
  policy,
}: {
  readonly admission: Admission | undefined;
  readonly policy: Pipeline['environments'][number] | undefined;
}) {
  const gates = policy?.gates ?? [];
  if (admission === undefined && gates.length === 0) return null;
  const isEach = ['GatePending', 'GateFailed', 'GatesPassed'].includes(admission?.reason ?? '');
  return (
    <section class="panel" aria-label="gates">
      {admission === undefined ? (
        <h2>Gates</h2>
      ) : (
        <h2>
          Gates: {admission.release} {admission.outcome}
        </h2>
      )}
      {admission === undefined || (isEach && admission.gates.length > 0) ? null : <p>{admission.message}</p>}
      {admission !== undefined && admission.gates.length > 0 ? <GateList gates={admission.gates} /> : null}
      {gates.length > 0 && (admission?.gates ?? []).length === 0 ? (
        <p class="dim">What it takes to get in: {gates.map(({ name }) => name).join(', ')}.</p>
      ) : null}
    </section>
  );
}

function CanaryLink({ environment }: { readonly environment: string }) {
  const { canaries } = useKnown();
  // Its own, or the one that takes a share of its calls.
  const canary =
    canaries.get(environment) ??
    [...canaries.values()].find(({ of, id }) => of === environment && id !== null);
  if (canary === undefined) return null;
  const isOwn = canary.environment === environment;
  return (
    <p>
      {canary.id === null ? null : (
        <>
          <Share weight={canary.weight} />{' '}
        </>
      )}
      {isOwn ? 'It is a canary' : `${canary.environment} takes ${canary.weight} % of its calls`}:{' '}
      <a href={linkTo('canary', canary.environment)}>watch it</a>.
    </p>
  );
}

function Debts({ debt }: { readonly debt: readonly Debt[] }) {
  if (debt.length === 0) return null;
  return (
    <ul class="notice" aria-label="hotfix debt">
      {debt.map(({ gate, due, overdue, help }) => (
        <li key={gate}>
          The hotfix skipped <strong>{gate}</strong>: {overdue ? 'overdue, it was due' : 'due'}{' '}
          <Time at={due} />.{help === null ? null : <pre>{help}</pre>}
        </li>
      ))}
    </ul>
  );
}

const triggerMarks: Readonly<Record<string, string>> = { quiet: 'pass', firing: 'fail', error: 'error' };

function Triggers({ triggers }: { readonly triggers: readonly Trigger[] }) {
  if (triggers.length === 0) return null;
  return (
    <section class="panel" aria-label="triggers">
      <h2>Triggers</h2>
      <ul class="items">
        {triggers.map(({ name, state, sentence, since, do: action }) => (
          <li key={name}>
            <div>
              <strong>{name}</strong> <span class={`mark ${triggerMarks[state] ?? 'pending'}`}>{state}</span>
            </div>
            <div>{sentence}</div>
            <div class="dim">
              {action}
              {since === null ? null : (
                <>
                  , since <Time at={since} />
                </>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
