// Every environment at its place in the pipeline, in promotion order. What is out of sight is not drawn.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Freezes } from '../parts/freezes.tsx';
import { card, placeStages, type Placed } from '../parts/layout.ts';
import type { Status } from '../state/answers.ts';
import { useKnown } from '../state/store.ts';
import { Card } from './card.tsx';

/** Pixels above and below what is seen that are drawn too. */
const beyond = 600;

/** `follow`: a release whose environments alone are shown, or part of an environment's name. */
export function PipelineView({ follow }: { readonly follow: string }) {
  const known = useKnown();
  const { pipeline, statuses } = known;
  const [sought, seek] = useState(follow);
  const [window, look] = useState({ width: innerWidth, top: 0, height: innerHeight });
  const board = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => seek(follow), [follow]);
  useLayoutEffect(() => {
    const read = (): void => {
      look({
        width: bar.current?.clientWidth ?? innerWidth,
        top: -(board.current?.getBoundingClientRect().top ?? 0),
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
    y + card.height > window.top - beyond && y < window.top + window.height + beyond;
  return (
    <>
      <div class="bar" ref={bar}>
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
            <defs>
              <marker
                id="tip"
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="6"
                markerHeight="6"
                orient="auto"
              >
                <path d="M0 0 L8 4 L0 8 z" />
              </marker>
            </defs>
            {layout.lines.map(({ from, to, path }) => (
              <path key={`${from} ${to}`} class="way" d={path} marker-end="url(#tip)" />
            ))}
          </svg>
          <ul>
            {layout.cards.filter(isSeen).map(({ environment, x, y }) => (
              <li
                key={environment}
                style={{
                  left: `${x}px`,
                  top: `${y}px`,
                  width: `${layout.cardWidth}px`,
                  height: `${card.height}px`,
                }}
              >
                <Card environment={environment} known={known} sought={sought} />
              </li>
            ))}
          </ul>
        </div>
      </div>
      {stages.length === 0 ? <Nothing sought={sought} /> : null}
    </>
  );
}

function Nothing({ sought }: { readonly sought: string }) {
  return sought === '' ? (
    <p class="empty">stk.yaml lists no environment yet.</p>
  ) : (
    <p class="empty">No environment serves or should serve {sought}, and none has that in its name.</p>
  );
}

function isSought(environment: string, status: Status | undefined, sought: string): boolean {
  if (sought === '' || environment.includes(sought)) return true;
  return status?.desired?.release === sought || status?.serving?.release === sought;
}
