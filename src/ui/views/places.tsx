// Where a release serves, where it waits, and where it would fit: every environment, and from there to its promotion.
import { useEffect, useState } from 'preact/hooks';
import { Findings, Refusal } from '../parts/findings.tsx';
import { Time } from '../parts/time.tsx';
import { createTurns } from '../parts/turns.ts';
import type { Finding, Status } from '../state/answers.ts';
import { Problem, write } from '../state/hub.ts';
import { linkTo } from '../state/route.ts';
import { environmentPath, mayWrite, useKnown } from '../state/store.ts';

/** Databases that are asked at once. */
const inTurn = createTurns(4);

export function Places({ release }: { readonly release: string }) {
  const known = useKnown();
  const [isAsked, ask] = useState(false);
  const names = known.pipeline.environments.map(({ environment }) => environment);
  const isAt = (name: string): boolean => {
    const { serving, desired } = known.statuses.get(name) ?? {};
    return serving?.release === release || desired?.release === release;
  };
  const shown = isAsked ? names : names.filter(isAt);
  return (
    <section class="panel" aria-label="where it serves and fits">
      <h2>Where it serves and fits</h2>
      {shown.length === 0 ? <p class="dim">No environment serves it.</p> : null}
      <ul class="items">
        {shown.map((environment) => (
          <li key={environment}>
            <div>
              <a href={linkTo('environment', environment)}>{environment}</a>
            </div>
            <div>
              <Standing status={known.statuses.get(environment)} release={release} />
              {isAsked ? <FitsIn environment={environment} release={release} /> : null}
            </div>
            <div>
              {mayWrite(known) && !isAt(environment) ? (
                <a href={`${linkTo('move', environment, 'promote')}?release=${encodeURIComponent(release)}`}>
                  Promote<span class="hidden"> to {environment}</span>
                </a>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
      {isAsked ? null : (
        <div class="actions">
          <button type="button" onClick={() => ask(true)}>
            Where does it fit?
          </button>
        </div>
      )}
    </section>
  );
}

function Standing({ status, release }: { readonly status: Status | undefined; readonly release: string }) {
  const { serving, desired } = status ?? {};
  if (serving?.release === release)
    return (
      <>
        Served since <Time at={serving.since} />.{' '}
      </>
    );
  if (desired?.release === release)
    return (
      <>
        Should be served since <Time at={desired.at} />, and waits.{' '}
      </>
    );
  return serving === null || serving === undefined ? null : (
    <span class="dim">It serves {serving.release}. </span>
  );
}

type Fit =
  | { readonly kind: 'asking' }
  | { readonly kind: 'fits'; readonly findings: readonly Finding[] }
  | { readonly kind: 'waits' }
  | { readonly kind: 'lacks' | 'refused'; readonly problem: Problem };

function FitsIn({ environment, release }: { readonly environment: string; readonly release: string }) {
  const [fit, show] = useState<Fit>({ kind: 'asking' });
  useEffect(() => {
    let isOver = false;
    const ask = async (): Promise<void> => {
      // Who has left the page by now does not want to know.
      if (isOver) return;
      const path = `${environmentPath(environment)}/check`;
      const { findings } = await write<{ findings: readonly Finding[] }>('POST', path, { release });
      if (!isOver) show({ kind: 'fits', findings });
    };
    inTurn(ask).catch((error: unknown) => {
      const problem = error instanceof Problem ? error : new Problem(0, { detail: String(error) });
      if (isOver) return;
      // Gates are asked only about what fits.
      if (problem.code === 'gate-not-met') show({ kind: 'waits' });
      else show({ kind: problem.code === 'incompatible' ? 'lacks' : 'refused', problem });
    });
    return () => void (isOver = true);
  }, [environment, release]);
  switch (fit.kind) {
    case 'asking':
      return <span class="dim">checking …</span>;
    case 'fits':
      return (
        <>
          <span class="mark pass">fits</span>
          <Findings findings={fit.findings} />
        </>
      );
    case 'waits':
      return (
        <>
          <span class="mark pass">fits</span> <span class="mark pending">gates not passed</span>
        </>
      );
    case 'lacks':
      return (
        <>
          <span class="mark fail">does not fit</span>
          <details>
            <summary>What {environment} lacks</summary>
            <Findings findings={fit.problem.findings} />
          </details>
        </>
      );
    case 'refused':
      return <Refusal problem={fit.problem} />;
  }
}
