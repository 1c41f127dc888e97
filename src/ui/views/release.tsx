// Releases: the list of them, and one with its document, its difference to any other, where it serves, where it fits, and what
// was recorded about it.
import { useState } from 'preact/hooks';
import { Act } from '../parts/act.tsx';
import { JsonDiff } from '../parts/json-diff.tsx';
import { Findings, Refusal, Time } from '../parts/verdict.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { nameOf } from '../parts/words.ts';
import type { Finding, ListedRelease } from '../state/answers.ts';
import { write } from '../state/hub.ts';
import { linkTo } from '../state/route.ts';
import { environmentPath, mayWrite, projectPath, useKnown } from '../state/store.ts';
import { useAnswer, useAsked } from '../state/use-answer.ts';
import { AuditList } from './audit.tsx';

export function ReleasesView() {
  const { statuses } = useKnown();
  const [sought, seek] = useState('');
  const revision = [...statuses.values()][0]?.observedRevision ?? '';
  const { value, problem } = useAnswer<{ releases: readonly ListedRelease[] }>(
    `${projectPath()}/releases?limit=1000`,
    revision,
  );
  const shown = (value?.releases ?? []).filter(
    ({ release, notes }) => sought === '' || `${release} ${notes ?? ''}`.includes(sought),
  );
  return (
    <>
      <div class="bar">
        <h1>Releases</h1>
        <label>
          Find
          <input type="search" value={sought} onInput={(event) => seek(event.currentTarget.value)} />
        </label>
      </div>
      {problem === undefined ? null : <Refusal problem={problem} />}
      <VirtualList
        label="releases"
        items={shown}
        rowHeight={64}
        row={({ release, notes, by, at }) => (
          <div class="row">
            <a href={linkTo('release', release)}>{release}</a>
            <span class="dim">
              {nameOf(by)} <Time at={at} />
            </span>
            <span class="clip">{notes ?? ''}</span>
          </div>
        )}
      />
    </>
  );
}

export function ReleaseView({ release }: { readonly release: string }) {
  const known = useKnown();
  const [other, compareWith] = useState('');
  const document = useAnswer<unknown>(`${projectPath()}/releases/${encodeURIComponent(release)}`);
  const against = useAnswer<unknown>(
    other === '' ? undefined : `${projectPath()}/releases/${encodeURIComponent(other)}`,
  );
  const listed = useAnswer<{ releases: readonly ListedRelease[] }>(`${projectPath()}/releases?limit=1000`);
  const serving = [...known.statuses.values()].filter((status) => status.serving?.release === release);
  const asked = { label: 'Reason', isRequired: true };
  const veto = `${projectPath()}/vetoes/${encodeURIComponent(release)}`;
  const revision = [...known.statuses.values()][0]?.observedRevision ?? '';
  const [judged, noteJudged] = useState(0);
  const vetoed = useAnswer<{ reason: string | null }>(veto, `${revision} ${judged}`);
  const judge = async (work: Promise<unknown>): Promise<void> => {
    await work;
    noteJudged((before) => before + 1);
  };
  return (
    <>
      <h1>{release}</h1>
      <p>
        {serving.length === 0 ? 'No environment serves it.' : 'Served by '}
        {serving.map(({ environment }, index) => (
          <span key={environment}>
            {index === 0 ? '' : ', '}
            <a href={linkTo('environment', environment)}>{environment}</a>
          </span>
        ))}
      </p>
      {vetoed.value === undefined || vetoed.value.reason === null ? null : (
        <p class="notice">Vetoed: {vetoed.value.reason}</p>
      )}
      {mayWrite(known) && vetoed.value?.reason === null ? (
        <div class="actions">
          <Act
            label="Veto"
            isDanger
            explains={`${release} can no longer be promoted or rolled back to. Environments that serve it keep serving it.`}
            asks={asked}
            run={(reason) => judge(write('POST', veto, { reason }))}
          />
        </div>
      ) : null}
      {mayWrite(known) && typeof vetoed.value?.reason === 'string' ? (
        <div class="actions">
          <Act
            label="Lift the veto"
            explains="It may be promoted again."
            run={() => judge(write('DELETE', veto))}
          />
        </div>
      ) : null}
      <Fits release={release} />
      <section aria-label="difference">
        <h2>Compare</h2>
        <label>
          With
          <input
            list="other-releases"
            autocomplete="off"
            onChange={(event) => compareWith(event.currentTarget.value.trim())}
          />
        </label>
        <datalist id="other-releases">
          {(listed.value?.releases ?? []).map((one) => (
            <option key={one.release} value={one.release} />
          ))}
        </datalist>
        {against.problem === undefined ? null : <Refusal problem={against.problem} />}
        {against.value === undefined || document.value === undefined ? null : (
          <JsonDiff before={against.value} after={document.value} />
        )}
      </section>
      <section aria-label="document">
        <h2>Document</h2>
        {document.problem === undefined ? null : <Refusal problem={document.problem} />}
        <pre tabIndex={0}>{JSON.stringify(document.value, undefined, 2)}</pre>
      </section>
      <section aria-label="evidence">
        <h2>Evidence and approvals</h2>
        <AuditList query={`release=${encodeURIComponent(release)}`} />
      </section>
    </>
  );
}

/** Asked for by hand: every environment's database is asked. */
function Fits({ release }: { readonly release: string }) {
  const { pipeline } = useKnown();
  const [isAsked, ask] = useState(false);
  return (
    <section aria-label="where it fits">
      <h2>Where does it fit?</h2>
      {isAsked ? (
        <ul>
          {pipeline.environments.map(({ environment }) => (
            <li key={environment}>
              <FitsIn environment={environment} release={release} />
            </li>
          ))}
        </ul>
      ) : (
        <button type="button" onClick={() => ask(true)}>
          Ask every environment
        </button>
      )}
    </section>
  );
}

function FitsIn({ environment, release }: { readonly environment: string; readonly release: string }) {
  const path = `${environmentPath(environment)}/check`;
  const { value, problem } = useAsked(
    () => write<{ findings: readonly Finding[] }>('POST', path, { release }),
    `${path} ${release}`,
  );
  return (
    <>
      <strong>{environment}</strong> {value === undefined && problem === undefined ? 'checking …' : null}
      {value === undefined ? null : (
        <>
          <span class="mark pass">fits</span>
          <Findings findings={value.findings} />
        </>
      )}
      {problem === undefined ? null : <Refusal problem={problem} />}
    </>
  );
}
