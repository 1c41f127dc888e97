// The list of releases, the newest first: read page by page as it is scrolled, and searched by the Hub.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refusal } from '../parts/findings.tsx';
import { Time } from '../parts/time.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { nameOf } from '../parts/words.ts';
import type { ListedRelease } from '../state/answers.ts';
import { get, Problem } from '../state/hub.ts';
import { linkTo } from '../state/route.ts';
import { projectPath, useKnown } from '../state/store.ts';

/** Releases that are asked for at once. */
const page = 200;

export function ReleasesView() {
  const { revision } = useKnown();
  const [sought, seek] = useState('');
  const { releases, problem, isWhole, readMore } = useReleases(sought.trim(), revision);
  return (
    <div class="page">
      <div class="bar">
        <h1>Releases</h1>
        <label>
          Find by id
          <input type="search" value={sought} onInput={(event) => seek(event.currentTarget.value)} />
        </label>
        <span role="status" class="dim">
          {releases === undefined ? 'reading …' : `${releases.length}${isWhole ? '' : ' newest'} releases`}
        </span>
      </div>
      {problem === undefined ? null : <Refusal problem={problem} />}
      {releases?.length === 0 ? (
        <p class="empty">
          {sought === '' ? 'There is no release yet: stk release new makes one.' : 'No id has that.'}
        </p>
      ) : null}
      <VirtualList
        label="releases"
        items={releases ?? []}
        rowHeight={60}
        onEnd={readMore}
        row={({ release, notes, by, at }) => (
          <div class="row">
            <a href={linkTo('release', release)}>{release}</a>
            <span class="dim">
              {nameOf(by)} <Time at={at} />
            </span>
            <span class="clip dim" title={notes ?? ''}>
              {notes ?? 'no notes'}
            </span>
          </div>
        )}
      />
    </div>
  );
}

interface Found {
  readonly of: string;
  readonly releases: readonly ListedRelease[];
  readonly isWhole: boolean;
}

/** What is found stays on screen until the answer to another question is there. */
function useReleases(sought: string, revision: string) {
  const [found, show] = useState<Found>();
  const [problem, setProblem] = useState<Problem>();
  const isReading = useRef(false);
  const ask = async (skip: number): Promise<readonly ListedRelease[]> => {
    const query = new URLSearchParams({ limit: String(page), skip: String(skip), search: sought });
    const path = `${projectPath()}/releases?${query.toString()}`;
    return (await get<{ releases: readonly ListedRelease[] }>(path)).releases;
  };
  const fail = (error: unknown): void =>
    setProblem(error instanceof Problem ? error : new Problem(0, { detail: String(error) }));
  useEffect(() => {
    let isOver = false;
    ask(0).then(
      (releases) => {
        if (isOver) return;
        const isWhole = releases.length < page;
        // Another commit adds releases: those that were read already stay where they are.
        show((before) =>
          before?.of === sought && !isWhole
            ? { ...before, releases: merge(releases, before.releases) }
            : { of: sought, releases, isWhole },
        );
        setProblem(undefined);
      },
      (error: unknown) => isOver || fail(error),
    );
    return () => void (isOver = true);
  }, [sought, revision]);
  const readMore = (): void => {
    if (found === undefined || found.isWhole || isReading.current) return;
    isReading.current = true;
    ask(found.releases.length)
      .then((more) =>
        show((before) => {
          if (before?.of !== found.of) return before;
          return { ...before, releases: merge(before.releases, more), isWhole: more.length < page };
        }),
      )
      .catch(fail)
      .finally(() => (isReading.current = false));
  };
  return { releases: found?.releases, problem, isWhole: found?.isWhole ?? false, readMore };
}

/** A release that came meanwhile moves the others down by one, so that one can be in both. */
function merge(first: readonly ListedRelease[], then: readonly ListedRelease[]): readonly ListedRelease[] {
  const known = new Set(first.map(({ release }) => release));
  return [...first, ...then.filter(({ release }) => !known.has(release))];
}
