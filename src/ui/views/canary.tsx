// A running canary: its progress, the verdict of each gate, the counts, the bounds over time, and the possible actions.
import { Act } from '../parts/act.tsx';
import { Chart } from '../parts/chart.tsx';
import { Share } from '../parts/share.tsx';
import { Time } from '../parts/time.tsx';
import type { ArmReading, Canary, CanaryGate } from '../state/answers.ts';
import { write } from '../state/hub.ts';
import { linkTo } from '../state/route.ts';
import { environmentPath, mayWrite, useKnown, type Look } from '../state/store.ts';

const noLooks: readonly Look[] = [];

export function CanaryView({ environment }: { readonly environment: string }) {
  const { canaries, looks } = useKnown();
  const canary = canaries.get(environment);
  if (canary === undefined) return <p role="alert">The Hub serves no canary {environment}.</p>;
  const { of, id, state, verdict, sentence, gates } = canary;
  return (
    <div class="page">
      <div class="head">
        <h1>{environment}</h1>
        {id === null ? null : <span class={`mark state ${markOf(verdict)}`}>{state}</span>}
      </div>
      <p>
        <a href={linkTo('environment', environment)}>{environment}</a> takes a share of the calls of{' '}
        <a href={linkTo('environment', of)}>{of}</a>.
      </p>
      {id === null ? (
        <p class="empty" role="status">
          {sentence}
        </p>
      ) : (
        <Progress canary={canary} />
      )}
      {gates.length === 0 ? null : <Gates gates={gates} />}
      {id === null || gates.length === 0 ? null : (
        <section class="panel" aria-label="bounds over time">
          <h2>Bounds since this page was opened</h2>
          <div class="charts">
            {gates.map(({ name }) => (
              <Bounds key={`${id} ${name}`} gate={name} looks={looks.get(id) ?? noLooks} />
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

function Progress({ canary }: { readonly canary: Canary }) {
  const { release, stable, weight, step, steps, since, counted, sentence } = canary;
  return (
    <section class="panel" aria-label="progress">
      <p class="release">
        <a href={linkTo('release', release ?? '')}>{release}</a> beside{' '}
        <a href={linkTo('release', stable ?? '')}>{stable}</a>
      </p>
      <Share weight={weight} />
      <p>
        {weight} % of the calls, step {step} of {steps}
      </p>
      <p role="status">{sentence}</p>
      <p class="dim">
        {since === null ? null : (
          <>
            Began <Time at={since} />,{' '}
          </>
        )}
        {Math.round(counted / 1000)} s counted in this step.
      </p>
      <CanaryActions canary={canary} />
    </section>
  );
}

function CanaryActions({ canary }: { readonly canary: Canary }) {
  const known = useKnown();
  const { environment, of, release, stable, state } = canary;
  if (!mayWrite(known)) return null;
  const reason = { label: 'Reason', isRequired: true };
  const ask = (what: string) => (why: string) =>
    write('POST', `${environmentPath(environment)}/canary/${what}`, { reason: why });
  return (
    <div class="actions">
      {state === 'paused' ? (
        <Act
          key="resume"
          label="Resume"
          explains={`The canary of ${of} goes on.`}
          asks={reason}
          run={ask('resume')}
        />
      ) : (
        <Act
          key="pause"
          label="Pause"
          explains="The canary stays at its share: no step, and no pass."
          asks={reason}
          run={ask('pause')}
        />
      )}
      {known.me.overrides.includes(environment) ? (
        <Act
          label="Promote"
          explains={`${release ?? 'It'} may enter ${of} although its analysis has not passed.`}
          asks={reason}
          run={ask('promote')}
        />
      ) : null}
      <Act
        label="Abort"
        isDanger
        explains={`Every call of ${of} gets ${stable ?? 'the stable release'} again, and the pointer of ${environment} goes back.`}
        asks={reason}
        run={ask('abort')}
      />
    </div>
  );
}

const markOf = (verdict: string): string =>
  ({ PASS: 'pass', FAIL: 'fail', NO_DATA: 'error', NONE: 'error' })[verdict] ?? 'pending';

function Gates({ gates }: { readonly gates: readonly CanaryGate[] }) {
  return (
    <section class="panel" aria-label="gates">
      <h2>Gates</h2>
      <ul class="items">
        {gates.map(({ name, verdict, action, dryRun, sentence, canary, stable }) => (
          <li key={name} aria-label={name}>
            <div>
              <strong>{name}</strong> <span class={`mark ${markOf(verdict)}`}>{verdict}</span>
              <div class="dim small">
                on breach: {action}
                {dryRun ? ' (dry run)' : ''}
              </div>
            </div>
            <div>{sentence}</div>
            {canary === null && stable === null ? null : (
              <dl class="arms">
                <dt>Canary</dt>
                <dd>{formatArm(canary)}</dd>
                <dt>Stable</dt>
                <dd>{formatArm(stable)}</dd>
              </dl>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const perCent = (fraction: number): number => Math.round(fraction * 10_000) / 100;

function formatArm(arm: ArmReading | null): string {
  if (arm === null) return '–';
  return `${Math.round(arm.bad)} of ${Math.round(arm.calls)}, ${perCent(arm.lower)} to ${perCent(arm.upper)} %`;
}

const lines = ['canary, at least', 'canary, at most', 'stable, at least', 'stable, at most'] as const;

/** Empty when the gate has no bounds. */
function Bounds({ gate, looks }: { readonly gate: string; readonly looks: readonly Look[] }) {
  const points = looks.flatMap(({ at, canary }) => {
    const found = canary.gates.find(({ name }) => name === gate);
    return found === undefined ? [] : [{ at, canary: found.canary, stable: found.stable }];
  });
  if (points.every(({ canary, stable }) => canary === null && stable === null)) return null;
  const column = (arm: 'canary' | 'stable', bound: 'lower' | 'upper') =>
    points.map((point) => {
      const reading = point[arm];
      return reading === null ? null : perCent(reading[bound]);
    });
  return (
    <Chart
      title={`${gate}, %`}
      labels={lines}
      isRange
      data={[
        points.map(({ at }) => at / 1000),
        column('canary', 'lower'),
        column('canary', 'upper'),
        column('stable', 'lower'),
        column('stable', 'upper'),
      ]}
    />
  );
}
