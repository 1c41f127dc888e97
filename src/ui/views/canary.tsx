// A canary as it runs: how far it is, what each gate says, the counts behind it, the bounds over time, and what a person may do.
import { Act } from '../parts/act.tsx';
import { Chart } from '../parts/chart.tsx';
import { Time } from '../parts/verdict.tsx';
import type { ArmReading, Canary, CanaryGate } from '../state/answers.ts';
import { write } from '../state/hub.ts';
import { linkTo } from '../state/route.ts';
import { environmentPath, mayWrite, useKnown, type Look } from '../state/store.ts';

const noLooks: readonly Look[] = [];

export function CanaryView({ environment }: { readonly environment: string }) {
  const { canaries, looks } = useKnown();
  const canary = canaries.get(environment);
  if (canary === undefined) return <p role="alert">The Hub serves no canary {environment}.</p>;
  const { of, id, sentence, gates } = canary;
  return (
    <>
      <h1>Canary {environment}</h1>
      <p>
        <a href={linkTo('environment', environment)}>{environment}</a> takes a share of the calls of{' '}
        <a href={linkTo('environment', of)}>{of}</a>.
      </p>
      {id === null ? <p role="status">{sentence}</p> : <Progress canary={canary} />}
      {id === null ? null : <CanaryActions canary={canary} />}
      {gates.length === 0 ? null : <Gates gates={gates} />}
      {id === null || gates.length === 0 ? null : (
        <section aria-label="bounds over time">
          <h2>Bounds since this page was opened</h2>
          <div class="charts">
            {gates.map(({ name }) => (
              <Bounds key={`${id} ${name}`} gate={name} looks={looks.get(id) ?? noLooks} />
            ))}
          </div>
        </section>
      )}
    </>
  );
}

function Progress({ canary }: { readonly canary: Canary }) {
  const { release, stable, weight, step, steps, state, since, counted, verdict, sentence } = canary;
  return (
    <section aria-label="progress">
      <p class="release">
        <a href={linkTo('release', release ?? '')}>{release}</a> beside{' '}
        <a href={linkTo('release', stable ?? '')}>{stable}</a>
      </p>
      <p>
        <meter min={0} max={100} value={weight} aria-label="share of the calls" /> {weight} % of the calls,
        step {step} of {steps}
      </p>
      <p role="status">
        <span class={`mark ${markOf(verdict)}`}>{state}</span> {sentence}
      </p>
      <p class="dim">
        {since === null ? null : (
          <>
            Began <Time at={since} />,{' '}
          </>
        )}
        {Math.round(counted / 1000)} s counted in this step.
      </p>
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
          explains={`The canary stays at its share: no step, and no pass.`}
          asks={reason}
          run={ask('pause')}
        />
      )}
      <Act
        label="Abort"
        isDanger
        explains={`Every call of ${of} gets ${stable ?? 'the stable release'} again, and the pointer of ${environment} goes back.`}
        asks={reason}
        run={ask('abort')}
      />
      {known.me.overrides.includes(environment) ? (
        <Act
          label="Promote"
          explains={`${release ?? 'It'} may enter ${of} although its analysis has not passed.`}
          asks={reason}
          run={ask('promote')}
        />
      ) : null}
    </div>
  );
}

const markOf = (verdict: string): string =>
  ({ PASS: 'pass', FAIL: 'fail', NO_DATA: 'error', NONE: 'error' })[verdict] ?? 'pending';

function Gates({ gates }: { readonly gates: readonly CanaryGate[] }) {
  return (
    <section aria-label="gates">
      <h2>Gates</h2>
      <div class="wide" tabIndex={0} role="region" aria-label="table of gates">
        <table>
          <thead>
            <tr>
              <th scope="col">Gate</th>
              <th scope="col">Verdict</th>
              <th scope="col">On breach</th>
              <th scope="col">Canary</th>
              <th scope="col">Stable</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {gates.map(({ name, verdict, action, dryRun, sentence, canary, stable }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <span class={`mark ${markOf(verdict)}`}>{verdict}</span>
                </td>
                <td>
                  {action}
                  {dryRun ? ' (dry run)' : ''}
                </td>
                <td>{formatArm(canary)}</td>
                <td>{formatArm(stable)}</td>
                <td class="says">{sentence}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const perCent = (fraction: number): number => Math.round(fraction * 10_000) / 100;

function formatArm(arm: ArmReading | null): string {
  if (arm === null) return '–';
  return `${Math.round(arm.bad)} of ${Math.round(arm.calls)}, ${perCent(arm.lower)} to ${perCent(arm.upper)} %`;
}

const lines = ['canary, at least', 'canary, at most', 'stable, at least', 'stable, at most'] as const;

/** Nothing where the gate has no bounds. */
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
