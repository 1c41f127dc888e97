// Who moved the pointer of an environment, when and why, and what each move changed.
import { useState } from 'preact/hooks';
import { Refusal } from '../parts/findings.tsx';
import { JsonDiff } from '../parts/json-diff.tsx';
import { Time } from '../parts/time.tsx';
import { nameOf, short } from '../parts/words.ts';
import type { Change, Status } from '../state/answers.ts';
import { environmentPath, projectPath, useKnown } from '../state/store.ts';
import { useAnswer } from '../state/use-answer.ts';

export function History({ status }: { readonly status: Status }) {
  const path = `${environmentPath(status.environment)}/history?limit=100`;
  const { value, problem } = useAnswer<{ changes: readonly Change[] }>(path, useKnown().revision);
  return (
    <section class="panel" aria-label="history">
      <h2>History</h2>
      {problem === undefined ? null : <Refusal problem={problem} />}
      {value?.changes.length === 0 ? <p class="dim">Nobody has moved the pointer yet.</p> : null}
      <ol class="items scrolled" tabIndex={0} aria-label="moves of the pointer">
        {(value?.changes ?? []).map((change) => (
          <li key={change.revision}>
            <div>
              <span class="mark idle">{change.action}</span>
            </div>
            <div>
              {change.previous ?? 'nothing'} → <strong>{change.release ?? 'nothing'}</strong>
              {change.reason === null ? null : <div>{change.reason}</div>}
              <Difference before={change.previous} after={change.release} />
            </div>
            <div class="dim">
              {nameOf(change.by)} <Time at={change.at} /> <code>{short(change.revision)}</code>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Requested when it is opened: most are never opened. */
function Difference({ before, after }: { readonly before: string | null; readonly after: string | null }) {
  const [isOpen, open] = useState(false);
  if (before === null || after === null || before === after) return null;
  return (
    <details onToggle={(event) => open(event.currentTarget.open)}>
      <summary>
        What changed from {before} to {after}
      </summary>
      {isOpen ? <Differing before={before} after={after} /> : null}
    </details>
  );
}

function Differing({ before, after }: { readonly before: string; readonly after: string }) {
  const pathOf = (release: string): string => `${projectPath()}/releases/${encodeURIComponent(release)}`;
  const old = useAnswer<unknown>(pathOf(before));
  const next = useAnswer<unknown>(pathOf(after));
  const problem = old.problem ?? next.problem;
  if (problem !== undefined) return <Refusal problem={problem} />;
  if (old.value === undefined || next.value === undefined) return <p>Reading …</p>;
  return <JsonDiff before={old.value} after={next.value} />;
}
