// One release: where it serves and where it could, its difference to any other, what was recorded about it, its document.
import { useState } from 'preact/hooks';
import { Act } from '../parts/act.tsx';
import { Refusal } from '../parts/findings.tsx';
import { JsonDiff } from '../parts/json-diff.tsx';
import type { ListedRelease } from '../state/answers.ts';
import { write } from '../state/hub.ts';
import { mayWrite, projectPath, useKnown } from '../state/store.ts';
import { useAnswer } from '../state/use-answer.ts';
import { AuditList } from './audit.tsx';
import { Places } from './places.tsx';

export function ReleaseView({ release }: { readonly release: string }) {
  const document = useAnswer<{ notes?: string }>(`${projectPath()}/releases/${encodeURIComponent(release)}`);
  return (
    <div class="page">
      <div class="head">
        <h1>{release}</h1>
        <a href={`#/?follow=${encodeURIComponent(release)}`}>Follow it in the pipeline</a>
      </div>
      {document.problem === undefined ? null : <Refusal problem={document.problem} />}
      {typeof document.value?.notes === 'string' ? <p class="notes">{document.value.notes}</p> : null}
      <Veto release={release} />
      <Places release={release} />
      <Compare release={release} document={document.value} />
      <section class="panel" aria-label="evidence">
        <h2>Evidence and approvals</h2>
        <AuditList query={`release=${encodeURIComponent(release)}`} />
      </section>
      <section class="panel" aria-label="document">
        <h2>Document</h2>
        {document.value === undefined ? null : (
          <pre tabIndex={0}>{JSON.stringify(document.value, undefined, 2)}</pre>
        )}
      </section>
    </div>
  );
}

function Veto({ release }: { readonly release: string }) {
  const known = useKnown();
  const [judged, noteJudged] = useState(0);
  const path = `${projectPath()}/vetoes/${encodeURIComponent(release)}`;
  const { value } = useAnswer<{ reason: string | null }>(path, `${known.revision} ${judged}`);
  const judge = async (work: Promise<unknown>): Promise<void> => {
    await work;
    noteJudged((before) => before + 1);
  };
  if (value === undefined) return null;
  return (
    <>
      {value.reason === null ? null : (
        <p class="notice">
          <strong>Vetoed:</strong> {value.reason}
        </p>
      )}
      {mayWrite(known) ? (
        <div class="actions">
          {value.reason === null ? (
            <Act
              key="veto"
              label="Veto"
              isDanger
              explains={`${release} can no longer be promoted or rolled back to. Environments that serve it keep serving it.`}
              asks={{ label: 'Reason', isRequired: true }}
              run={(reason) => judge(write('POST', path, { reason }))}
            />
          ) : (
            <Act
              key="lift"
              label="Lift the veto"
              explains="It may be promoted again."
              run={() => judge(write('DELETE', path))}
            />
          )}
        </div>
      ) : null}
    </>
  );
}

/** Any other id can be typed; the newest are offered. */
function Compare({ release, document }: { readonly release: string; readonly document: unknown }) {
  const [other, compareWith] = useState('');
  const listed = useAnswer<{ releases: readonly ListedRelease[] }>(`${projectPath()}/releases?limit=100`);
  const against = useAnswer<unknown>(
    other === '' ? undefined : `${projectPath()}/releases/${encodeURIComponent(other)}`,
  );
  return (
    <section class="panel" aria-label="difference">
      <h2>Compare</h2>
      <label>
        What changes from
        <input
          list="other-releases"
          autocomplete="off"
          placeholder="another release"
          onChange={(event) => compareWith(event.currentTarget.value.trim())}
        />
      </label>
      <datalist id="other-releases">
        {(listed.value?.releases ?? [])
          .filter((one) => one.release !== release)
          .map((one) => (
            <option key={one.release} value={one.release} />
          ))}
      </datalist>
      {against.problem === undefined ? null : <Refusal problem={against.problem} />}
      {against.value === undefined || document === undefined ? null : (
        <JsonDiff before={against.value} after={document} />
      )}
    </section>
  );
}
