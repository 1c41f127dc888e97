// A promotion or a rollback: what changes, whether it fits, and what the gates say, before the button works. Then the commit
// is followed until it is served.
import { useState } from 'preact/hooks';
import { JsonDiff } from '../parts/json-diff.tsx';
import { Findings, GateTable, Refusal } from '../parts/verdict.tsx';
import { fieldOf, short } from '../parts/words.ts';
import type { Admission, Change, Finding, ListedRelease } from '../state/answers.ts';
import { Problem, write } from '../state/hub.ts';
import { environmentPath, mayWrite, projectPath, useKnown } from '../state/store.ts';
import { useAnswer, useAsked } from '../state/use-answer.ts';

interface Checked {
  readonly findings: readonly Finding[];
}

interface Moved {
  readonly from: string | null;
  readonly to: string;
  readonly revision: string;
  readonly committed: boolean;
  readonly serving: boolean;
}

export interface MoveProps {
  readonly environment: string;
  readonly action: 'promote' | 'rollback';
  readonly asked: string | null;
}

export function MoveView({ environment, action, asked }: MoveProps) {
  const known = useKnown();
  const status = known.statuses.get(environment);
  const policy = known.pipeline.environments.find((one) => one.environment === environment);
  const [chosen, choose] = useState(asked ?? '');
  const [moved, setMoved] = useState<Moved>();
  const [problem, setProblem] = useState<Problem>();
  const [isMoving, setMoving] = useState(false);
  const listed = useAnswer<{ releases: readonly ListedRelease[] }>(`${projectPath()}/releases?limit=1000`);
  const past = useAnswer<{ changes: readonly Change[] }>(
    action === 'rollback' ? `${environmentPath(environment)}/history?limit=200` : undefined,
  );
  const serving = status?.serving?.release;
  const names =
    action === 'promote'
      ? (listed.value?.releases ?? []).map(({ release }) => release)
      : [
          ...new Set((past.value?.changes ?? []).flatMap(({ release, previous }) => [release, previous])),
        ].filter((name) => name !== null);
  const choices = names.filter((name) => name !== serving);
  const before = (policy?.from ?? []).flatMap((name) => known.statuses.get(name)?.serving?.release ?? []);
  const isChosen = choices.includes(chosen);
  const verb = action === 'promote' ? 'Promote' : 'Roll back';
  const path = environmentPath(environment);
  const turn = `${status?.serving?.revision ?? ''} ${known.told}`;
  const old = useAnswer<unknown>(
    serving === undefined || !isChosen ? undefined : `${projectPath()}/releases/${serving}`,
  );
  const next = useAnswer<unknown>(isChosen ? `${projectPath()}/releases/${chosen}` : undefined);
  const check = useAsked<Checked>(
    isChosen ? () => write<Checked>('POST', `${path}/check`, { release: chosen }) : undefined,
    `check ${isChosen} ${path} ${chosen} ${status?.serving?.revision ?? ''}`,
  );
  const gates = useAnswer<Admission>(
    isChosen ? `${path}/gates?release=${encodeURIComponent(chosen)}` : undefined,
    turn,
  );
  const isFit = check.value !== undefined && !check.isAsking;
  const isLet = action === 'rollback' || gates.value?.outcome === 'admitted';
  const isReady = isChosen && isFit && isLet && !isMoving && moved === undefined;
  const move = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    const reason = fieldOf(event.currentTarget, 'reason');
    setMoving(true);
    setProblem(undefined);
    try {
      setMoved(
        await write<Moved>('POST', `${path}/${action}`, {
          release: chosen,
          ...(reason === '' ? {} : { reason }),
        }),
      );
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, { detail: String(error) }));
    } finally {
      setMoving(false);
    }
  };
  if (!mayWrite(known)) return <p role="alert">This needs a role of auth.control.write.</p>;
  return (
    <form onSubmit={(event) => void move(event)} class="move">
      <h1>
        {verb} {environment}
      </h1>
      <p>
        It serves {serving ?? 'nothing'}.{before.length === 0 ? '' : ` Before it: ${before.join(', ')}.`}
      </p>
      <label>
        Release
        <select
          value={chosen}
          disabled={moved !== undefined}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">Choose a release</option>
          {choices.map((name) => (
            <option key={name} value={name}>
              {name}
              {before.includes(name) ? ' (served before it)' : ''}
            </option>
          ))}
        </select>
      </label>
      {isChosen ? (
        <>
          <section aria-label="check" aria-busy={check.isAsking}>
            <h2>Does it fit the database?</h2>
            {check.problem === undefined ? null : <Refusal problem={check.problem} />}
            {check.value === undefined ? (
              check.isAsking ? (
                <p>Asking the database of {environment} …</p>
              ) : null
            ) : (
              <>
                <p class="mark pass">It fits.</p>
                <Findings findings={check.value.findings} />
              </>
            )}
          </section>
          <section aria-label="gates" aria-busy={gates.isAsking}>
            <h2>May it enter?</h2>
            {gates.problem === undefined ? null : <Refusal problem={gates.problem} />}
            {gates.value === undefined ? null : (
              <>
                <p>
                  <strong>{gates.value.outcome}</strong>: {gates.value.message}
                </p>
                <GateTable gates={gates.value.gates} />
              </>
            )}
          </section>
          <section aria-label="what changes">
            <h2>
              What changes from {serving ?? 'nothing'} to {chosen}
            </h2>
            {next.value === undefined ? (
              <p>Reading …</p>
            ) : (
              <JsonDiff before={old.value ?? {}} after={next.value} />
            )}
          </section>
        </>
      ) : null}
      <label>
        Reason
        <input name="reason" maxLength={500} autocomplete="off" required={action === 'rollback'} />
      </label>
      <div class="actions">
        <button type="submit" disabled={!isReady} class={action === 'rollback' ? 'danger' : 'primary'}>
          {verb} {isChosen ? `to ${chosen}` : ''}
        </button>
      </div>
      {isMoving ? <p role="status">Committing, and waiting until it is served …</p> : null}
      {problem === undefined ? null : <Refusal problem={problem} />}
      {moved === undefined ? null : <Outcome moved={moved} environment={environment} serving={serving} />}
    </form>
  );
}

function Outcome({
  moved,
  environment,
  serving,
}: {
  moved: Moved;
  environment: string;
  serving: string | undefined;
}) {
  const isServed = serving === moved.to;
  return (
    <p role="status" class={isServed ? 'outcome good' : 'outcome busy'}>
      {moved.committed ? `Committed as ${short(moved.revision)}. ` : 'The pointer already named it. '}
      {isServed
        ? `${environment} serves ${moved.to}.`
        : `${environment} does not serve it yet. Its conditions show why.`}
    </p>
  );
}
