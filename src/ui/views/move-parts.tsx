// What stands above the button of a move: the verdict of the database, the gates, and what changes.
import { Findings, Refusal } from '../parts/findings.tsx';
import { GateList } from '../parts/gates.tsx';
import { JsonDiff } from '../parts/json-diff.tsx';
import type { Admission, Finding } from '../state/answers.ts';
import { projectPath } from '../state/store.ts';
import { useAnswer, type Asked } from '../state/use-answer.ts';

export interface Checked {
  readonly findings: readonly Finding[];
}

export interface VerdictProps {
  readonly environment: string;
  readonly check: Asked<Checked>;
  readonly isFit: boolean;
}

export function Verdict({ environment, check, isFit }: VerdictProps) {
  const { isAsking, problem, value } = check;
  return (
    <section class="panel" aria-label="check" aria-busy={isAsking}>
      <h2>Does it fit the database?</h2>
      {isAsking ? <p class="dim">Asking the database of {environment} …</p> : null}
      {isFit ? (
        <>
          <p>
            <span class="mark pass">It fits.</span>
          </p>
          <Findings findings={value?.findings ?? []} />
        </>
      ) : null}
      {isAsking || isFit || problem === undefined ? null : <Refusal problem={problem} />}
    </section>
  );
}

const outcomes: Readonly<Record<string, string>> = { admitted: 'pass', refused: 'fail', waiting: 'pending' };

export function Gates({ gates: { value, problem, isAsking } }: { readonly gates: Asked<Admission> }) {
  return (
    <section class="panel" aria-label="gates" aria-busy={isAsking}>
      <h2>May it enter?</h2>
      {problem === undefined ? null : <Refusal problem={problem} />}
      {value === undefined ? null : (
        <>
          <p>
            <span class={`mark ${outcomes[value.outcome] ?? 'idle'}`}>{value.outcome}</span> {value.message}
          </p>
          {value.gates.length === 0 ? null : <GateList gates={value.gates} />}
        </>
      )}
    </section>
  );
}

export function Changes({ before, after }: { readonly before: string | undefined; readonly after: string }) {
  const pathOf = (release: string): string => `${projectPath()}/releases/${encodeURIComponent(release)}`;
  const old = useAnswer<unknown>(before === undefined ? undefined : pathOf(before));
  const next = useAnswer<unknown>(pathOf(after));
  return (
    <section class="panel" aria-label="what changes">
      <h2>
        What changes from {before ?? 'nothing'} to {after}
      </h2>
      {next.problem === undefined ? null : <Refusal problem={next.problem} />}
      {next.value === undefined || (before !== undefined && old.isAsking) ? (
        <p class="dim">Reading …</p>
      ) : (
        <JsonDiff before={old.value ?? {}} after={next.value} />
      )}
    </section>
  );
}
