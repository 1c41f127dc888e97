// A promotion or a rollback: what changes, whether it fits, and the gates, before the button works. Then the commit is
// followed until it is served.
import { useState } from 'preact/hooks';
import { Refusal } from '../parts/findings.tsx';
import { fieldOf, short } from '../parts/words.ts';
import type { Admission, Change, ListedRelease } from '../state/answers.ts';
import { Problem, write } from '../state/hub.ts';
import { linkTo } from '../state/route.ts';
import { environmentPath, mayWrite, projectPath, useKnown } from '../state/store.ts';
import { useAnswer, useAsked } from '../state/use-answer.ts';
import { Changes, Gates, Verdict, type Checked } from './move-parts.tsx';

interface Moved {
  readonly to: string;
  readonly revision: string;
  readonly committed: boolean;
}

export interface MoveProps {
  readonly environment: string;
  readonly action: 'promote' | 'rollback';
  readonly asked: string | null;
}

export function MoveView({ environment, action, asked }: MoveProps) {
  const known = useKnown();
  const [chosen, choose] = useState(asked ?? '');
  const [moved, setMoved] = useState<Moved>();
  const [problem, setProblem] = useState<Problem>();
  const [isMoving, setMoving] = useState(false);
  const serving = known.statuses.get(environment)?.serving;
  const path = environmentPath(environment);
  const verb = action === 'promote' ? 'Promote' : 'Roll back';
  const isChosen = chosen !== '' && chosen !== serving?.release && moved === undefined;
  const check = useAsked<Checked>(
    isChosen
      ? () =>
          write<Checked>('POST', `${path}/check?purpose=${action === 'promote' ? 'move' : action}`, {
            release: chosen,
          })
      : undefined,
    `check ${isChosen} ${path} ${chosen} ${serving?.revision ?? ''}`,
  );
  const admission = useAnswer<Admission>(
    isChosen ? `${path}/gates?release=${encodeURIComponent(chosen)}` : undefined,
    `${serving?.revision ?? ''} ${known.told}`,
  );
  // The answer about another release stays until this one's is there.
  const gates = admission.value?.release === chosen ? admission : { ...admission, value: undefined };
  // Gates are asked only about what fits.
  const isFit = !check.isAsking && (check.value !== undefined || check.problem?.code === 'gate-not-met');
  // No gate stops a rollback, so that one which cannot be asked does not either.
  const isLet = gates.value?.outcome === 'admitted' || (action === 'rollback' && gates.problem !== undefined);
  const move = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    const reason = fieldOf(event.currentTarget, 'reason');
    setMoving(true);
    setProblem(undefined);
    try {
      const body = { release: chosen, ...(reason === '' ? {} : { reason }) };
      setMoved(await write<Moved>('POST', `${path}/${action}`, body));
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, { detail: String(error) }));
    } finally {
      setMoving(false);
    }
  };
  if (!mayWrite(known)) return <p role="alert">This needs a role of auth.control.write.</p>;
  return (
    <form onSubmit={(event) => void move(event)} class="page">
      <h1>
        {verb} {environment}
      </h1>
      {moved === undefined ? null : (
        <Outcome moved={moved} environment={environment} serving={serving?.release} />
      )}
      {moved === undefined ? (
        <>
          <ReleaseField environment={environment} action={action} chosen={chosen} choose={choose} />
          {isChosen ? (
            <>
              <Verdict environment={environment} check={check} isFit={isFit} />
              <Gates gates={gates} />
              <Changes key={chosen} before={serving?.release} after={chosen} />
            </>
          ) : null}
          <section class="panel" aria-label="reason">
            <label>
              Reason
              <input name="reason" maxLength={500} autocomplete="off" required={action === 'rollback'} />
            </label>
            <div class="actions">
              <button
                type="submit"
                disabled={!isChosen || !isFit || !isLet || isMoving}
                class={action === 'rollback' ? 'danger' : 'primary'}
              >
                {verb} {isChosen ? `to ${chosen}` : ''}
              </button>
            </div>
            {isMoving ? <p role="status">Committing, and waiting until it is served …</p> : null}
            {problem === undefined ? null : <Refusal problem={problem} />}
          </section>
        </>
      ) : null}
    </form>
  );
}

interface FieldProps {
  readonly environment: string;
  readonly action: MoveProps['action'];
  readonly chosen: string;
  choose(release: string): void;
}

/** A promotion offers what is served before it and the newest releases; the page of an older one leads here with it. */
function ReleaseField({ environment, action, chosen, choose }: FieldProps) {
  const { statuses, pipeline } = useKnown();
  const isRollback = action === 'rollback';
  const listed = useAnswer<{ releases: readonly ListedRelease[] }>(
    isRollback ? undefined : `${projectPath()}/releases?limit=200`,
  );
  const past = useAnswer<{ changes: readonly Change[] }>(
    isRollback ? `${environmentPath(environment)}/history?limit=200` : undefined,
  );
  const serving = statuses.get(environment)?.serving?.release;
  const from = pipeline.environments.find((one) => one.environment === environment)?.from ?? [];
  const before = from.flatMap((name) => statuses.get(name)?.serving?.release ?? []);
  const named = isRollback
    ? (past.value?.changes ?? []).flatMap(({ release, previous }) => [release, previous])
    : [...before, ...(listed.value?.releases ?? []).map(({ release }) => release)];
  const choices = [...new Set([...(chosen === '' ? [] : [chosen]), ...named])].filter(
    (name) => name !== null && name !== serving,
  );
  const problem = listed.problem ?? past.problem;
  return (
    <section class="panel" aria-label="release">
      <p>
        It serves {serving ?? 'nothing'}.
        {before.length === 0 ? '' : ` ${from.join(' and ')} before it: ${before.join(', ')}.`}
      </p>
      {problem === undefined ? null : <Refusal problem={problem} />}
      <label>
        Release
        <select value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">Choose a release</option>
          {choices.map((name) => (
            <option key={name} value={name ?? ''}>
              {name}
              {!isRollback && before.includes(name ?? '') ? ' (served before it)' : ''}
            </option>
          ))}
        </select>
      </label>
      {isRollback ? null : (
        <p class="dim small">
          An older one: find it in <a href="#/releases">Releases</a>, and promote it from its page.
        </p>
      )}
    </section>
  );
}

interface OutcomeProps {
  readonly moved: Moved;
  readonly environment: string;
  readonly serving: string | undefined;
}

function Outcome({ moved, environment, serving }: OutcomeProps) {
  const isServed = serving === moved.to;
  return (
    <section class="panel" aria-label="outcome">
      <p role="status" class={isServed ? 'outcome good' : 'outcome busy'}>
        {moved.committed ? `Committed as ${short(moved.revision)}. ` : 'The pointer already named it. '}
        {isServed
          ? `${environment} serves ${moved.to}.`
          : `${environment} does not serve it yet. Its conditions show why.`}
      </p>
      <div class="actions">
        <a class="button" href={linkTo('environment', environment)}>
          See {environment}
        </a>
        <a class="button" href="#/">
          Back to the pipeline
        </a>
      </div>
    </section>
  );
}
