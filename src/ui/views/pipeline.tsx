// Every environment as a card: what it should serve and serves, why these differ, what it waits for, what stands in the way.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { card, placeStages, type Placed } from '../parts/layout.ts';
import { GateMarks, Time } from '../parts/verdict.tsx';
import { nameOf } from '../parts/words.ts';
import type { Freeze, Status } from '../state/answers.ts';
import { linkTo } from '../state/route.ts';
import { type Known, mayWrite, useKnown } from '../state/store.ts';

export function PipelineView() {
  const known = useKnown();
  const { pipeline, statuses } = known;
  const [sought, seek] = useState('');
  const [window, look] = useState({ width: innerWidth, top: 0, height: innerHeight });
  const board = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const read = (): void => {
      const box = board.current?.getBoundingClientRect();
      look({
        width: board.current?.parentElement?.clientWidth ?? innerWidth,
        top: -(box?.top ?? 0),
        height: innerHeight,
      });
    };
    read();
    addEventListener('scroll', read, { passive: true });
    addEventListener('resize', read);
    return () => {
      removeEventListener('scroll', read);
      removeEventListener('resize', read);
    };
  }, []);
  const releases = useMemo(() => {
    const named = [...statuses.values()].flatMap(({ desired, serving }) => [
      desired?.release,
      serving?.release,
    ]);
    return [...new Set(named.filter((name) => name !== undefined))].sort();
  }, [statuses]);
  const stages = useMemo(
    () =>
      pipeline.environments.filter(({ environment }) =>
        isSought(environment, statuses.get(environment), sought),
      ),
    [pipeline, sought, sought === '' ? undefined : statuses],
  );
  const layout = useMemo(() => placeStages(stages, window.width), [stages, window.width]);
  const isSeen = ({ y }: Placed): boolean =>
    y + card.height > window.top - 600 && y < window.top + window.height + 600;
  return (
    <>
      <div class="bar">
        <h1>Pipeline</h1>
        <label>
          Follow a release or find an environment
          <input
            type="search"
            list="releases-at-work"
            value={sought}
            onInput={(event) => seek(event.currentTarget.value.trim())}
          />
        </label>
        <datalist id="releases-at-work">
          {releases.map((release) => (
            <option key={release} value={release} />
          ))}
        </datalist>
      </div>
      <Freezes freezes={pipeline.freezes} />
      <div class="board-scroll" tabIndex={0} role="region" aria-label="environments">
        <div class="board" ref={board} style={{ width: `${layout.width}px`, height: `${layout.height}px` }}>
          <svg aria-hidden="true" width={layout.width} height={layout.height}>
            {layout.lines.map(({ from, to, path }) => (
              <path key={`${from} ${to}`} d={path} />
            ))}
          </svg>
          <ul>
            {layout.cards.filter(isSeen).map((placed) => (
              <li key={placed.environment} style={{ left: `${placed.x}px`, top: `${placed.y}px` }}>
                <Card environment={placed.environment} known={known} sought={sought} />
              </li>
            ))}
          </ul>
        </div>
      </div>
      {stages.length === 0 ? (
        <p>No environment of this name serves, or is asked to serve, this release.</p>
      ) : null}
    </>
  );
}

function isSought(environment: string, status: Status | undefined, sought: string): boolean {
  if (sought === '' || environment.includes(sought)) return true;
  return status?.desired?.release === sought || status?.serving?.release === sought;
}

function Freezes({ freezes }: { readonly freezes: readonly Freeze[] }) {
  if (freezes.length === 0) return null;
  return (
    <ul class="notice" aria-label="freezes">
      {freezes.map(({ freeze, environments, reason, until }) => (
        <li key={freeze}>
          <strong>{freeze}</strong> freezes {environments?.join(', ') ?? 'every environment'}: {reason}
          {until === null ? '' : ` (until ${until})`}
        </li>
      ))}
    </ul>
  );
}

/** Conditions that stand against an environment, as marks. */
const alarms: Readonly<Record<string, string>> = {
  Drifted: 'drifted',
  ServedFromDisk: 'from disk',
  HistoryRewritten: 'history rewritten',
};

function Card({
  environment,
  known,
  sought,
}: {
  readonly environment: string;
  readonly known: Known;
  readonly sought: string;
}) {
  const status = known.statuses.get(environment);
  const policy = known.pipeline.environments.find((one) => one.environment === environment);
  const canary = known.canaries.get(environment);
  if (status === undefined) return <article class="card">{environment}: not read yet</article>;
  const { desired, serving, conditions, admission } = status;
  const ready = conditions.find(({ type }) => type === 'Ready');
  const against =
    conditions.find(({ type, reason }) => type !== 'Ready' && reason === ready?.reason) ?? ready;
  const isApart = desired?.release !== serving?.release;
  const isFrozen = known.pipeline.freezes.some(
    ({ environments }) => environments?.includes(environment) ?? true,
  );
  const marks = [
    ...(isFrozen ? ['frozen'] : []),
    ...conditions.flatMap(({ type, status: state }) => (state === 'True' ? (alarms[type] ?? []) : [])),
    ...(desired?.hold === undefined ? [] : ['held']),
    ...(ready?.reason === 'Vetoed' ? ['vetoed'] : []),
  ];
  // What waits for a gate is on its way, and nothing is wrong.
  const isWaiting = admission?.outcome === 'waiting' && ready?.reason === 'GatePending';
  const state = ready?.status === 'True' ? 'good' : ready?.status === 'False' && !isWaiting ? 'bad' : 'busy';
  const isFollowed = sought !== '' && [desired?.release, serving?.release].includes(sought);
  return (
    <article class={`card ${state} ${isFollowed ? 'followed' : ''}`} aria-label={environment}>
      <h2>
        <a href={linkTo('environment', environment)}>{environment}</a>
      </h2>
      {policy === undefined || policy.from.length === 0 ? null : (
        <p class="dim">from {policy.from.join(', ')}</p>
      )}
      <p class="release">
        {serving === null ? (
          'serves nothing'
        ) : (
          <a href={linkTo('release', serving.release)}>{serving.release}</a>
        )}
        {serving === null ? null : (
          <span class="dim">
            {' '}
            served <Time at={serving.since} />
          </span>
        )}
      </p>
      {canary === undefined || canary.id === null ? null : (
        <p>
          <a href={linkTo('canary', environment)}>
            <meter min={0} max={100} value={canary.weight} aria-hidden="true" /> {canary.weight} % of{' '}
            {canary.of}
          </a>
        </p>
      )}
      {desired === null ? (
        <p class="dim">no pointer</p>
      ) : (
        <p class="dim">
          {isApart ? (
            <>
              should serve <a href={linkTo('release', desired.release)}>{desired.release}</a>,{' '}
            </>
          ) : null}
          by {nameOf(desired.by)} <Time at={desired.at} />
        </p>
      )}
      {state === 'good' ? null : (
        <p class={`why ${state}`}>
          <strong>{ready?.reason ?? 'unknown'}</strong>: {against?.message}
        </p>
      )}
      {marks.length === 0 ? null : (
        <p class="flags">
          {marks.map((mark) => (
            <span class="mark fail" key={mark}>
              {mark}
            </span>
          ))}
        </p>
      )}
      {admission === undefined || !isApart ? null : <GateMarks gates={admission.gates} />}
      {mayWrite(known) ? (
        <div class="actions">
          <a class="button" href={linkTo('move', environment, 'promote')}>
            Promote<span class="hidden"> to {environment}</span>
          </a>
          <a class="button" href={linkTo('move', environment, 'rollback')}>
            Roll back<span class="hidden"> {environment}</span>
          </a>
        </div>
      ) : null}
    </article>
  );
}
