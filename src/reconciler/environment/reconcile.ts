// One reconcile of an environment: the list of stages up to the swap, then the smoke tests on the served release, and
// the way back when they fail. The environment reconciler plans the next one.
import { StkError } from '../../kernel/errors.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import { activate, type Activation, type Fit } from '../stages/activate.ts';
import { admitMove, type Admitted } from '../stages/admit.ts';
import { announce } from '../stages/announce.ts';
import { check } from '../stages/check.ts';
import { findPointerMove, refuseUndone } from '../stages/refuse-undone.ts';
import { checkAgain, rehearse, type Rehearsed } from '../stages/rehearse.ts';
import { hold } from '../stages/hold.ts';
import { loadRelease, type LoadedRelease } from '../stages/load-release.ts';
import { readPointer, type BeforeReadPointer, type ReadPointer } from '../stages/read-pointer.ts';
import { stopWith, type Target, type Unfinished } from '../stages/stage.ts';
import { stages } from '../stages/stage-list.ts';
import { smokeTestsOf, verify } from '../stages/verify.ts';
import type { EnvironmentStore } from '../status/environment-store.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';
import type { SmokeEnd } from '../state/activation-memory.ts';
import type { HubRollback } from '../undo/hub-rollback.ts';
import type { UndoneMove, UndoneMoves } from '../undo/undone-moves.ts';
import { readRepoFile } from './read-repo-file.ts';
import type { ReconcileTools } from './reconcile-tools.ts';
import type { ServedRelease } from './served-release.ts';

export interface ReconcileStart extends ReconcileTools {
  readonly governed: GovernedPath;
  readonly undone: UndoneMoves;
  readonly rollback: HubRollback;
  readonly served: ServedRelease;
  readonly target: Target;
  readonly signal: AbortSignal;
  readonly patience: AbortSignal;
  readonly store: EnvironmentStore;
  /** Ask everything, despite earlier checks. */
  readonly isFresh: boolean;
  readonly onDesired: BeforeReadPointer['onDesired'];
  readonly onActivated: (activation: Activation) => void;
}

type Desired = ReconcileStart &
  ReadPointer &
  LoadedRelease &
  Admitted & {
    readonly handle: DatabaseHandle;
    readonly isRollback: boolean;
    /** The newest commit that changed the pointer, when anything is tested or files are checked. */
    readonly pointerCommit: string;
    /** Whether anything is tested after the swap. */
    readonly isTested: boolean;
  };

/** What should be served, and may it be? */
const desire = stages<ReconcileStart>().and(readPointer).and(loadRelease).and(refuseUndone).and(admitMove);
/** Activates it without a check: the callers of the environment that shares the database get it already. */
const returnToStable = stages<Desired & CheckedElsewhere>().and(announce).and(activate);
/** Activates it. */
const move = stages<Desired>().and(hold).and(check).and(rehearse).and(announce).and(checkAgain).and(activate);

interface CheckedElsewhere extends Rehearsed {
  readonly verdict: Fit;
}

export type Ended = { readonly kind: 'activated' | 'in-sync' | 'preempted' } | Unfinished;

export async function reconcile(start: ReconcileStart): Promise<Ended> {
  const desired = await desire.run(start);
  if (desired.kind !== 'continue') return desired;
  const found = await prepare(start, desired.value);
  if (isServed(found)) {
    if (found.decision !== undefined) await start.governed.noteInSync(found.decision);
    return { kind: 'in-sync' };
  }
  if (found.decision?.admission.reason === 'ServedBeside') return goBack(found);
  // What was served before a crash comes first: a failed smoke test returns to it.
  if (found.isTested) await start.served.answerBefore(found.compiled.digest);
  const moved = await move.run(found);
  if (moved.kind !== 'continue') {
    // When the disk fails, no event is sent: the next reconcile decides again.
    await found.telling.catch(() => undefined);
    return moved;
  }
  if (found.isTested) return verifyMove(found, moved.value.active);
  noteSmoke(found, 'none');
  return { kind: 'activated' };
}

async function prepare(
  start: ReconcileStart,
  desired: ReconcileStart & ReadPointer & LoadedRelease & Admitted,
): Promise<Desired> {
  const { target, governed } = start;
  const { settings, compiled, decision, release, blob } = desired;
  const handle = start.handles.acquire(settings, target.limits, (path) => readRepoFile(target, path));
  const isTested = smokeTestsOf(compiled, settings).length > 0;
  const hasFiles = settings.files !== undefined && compiled.release.files.length > 0;
  const newest = isTested || hasFiles ? await findPointerMove(target) : target.commit;
  const content = { release, digest: blob };
  const isRollback = governed.isRollback(target.environment, { content, commit: newest, decision });
  const pointerCommit = newest.revision;
  return { ...desired, handle, isRollback, pointerCommit, isTested };
}

/** Checks no database and runs no test: nothing may block what production serves anyway. */
async function goBack(found: Desired): Promise<Ended> {
  found.handle.database.prepare();
  const verdict: Fit = { fingerprint: undefined, findings: [] };
  const moved = await returnToStable.run({ ...found, verdict, rehearsal: undefined, isTested: false });
  return moved.kind === 'continue' ? { kind: 'activated' } : moved;
}

/** Whether desired equals serving in everything that a call could notice, and it was checked with these settings. */
function isServed({ store, target, settings, compiled, handle }: Desired): boolean {
  const { arms, confirmed, isUnverified } = store.state;
  return (
    !isUnverified &&
    JSON.stringify(confirmed?.settings) === JSON.stringify(settings) &&
    arms?.stable.compiled.digest === compiled.digest &&
    arms.stable.database === handle.database &&
    arms.stable.maxRows === target.limits.rows
  );
}

async function verifyMove(found: Desired, active: ActiveRelease): Promise<Ended> {
  const { store, target, served, rollback } = found;
  const verified = await verify({ ...found, active });
  if (verified.kind === 'preempted') return verified;
  const { report } = verified;
  const before = served.goodBefore(active);
  if (verified.kind === 'stays' || before === undefined) {
    served.confirm(active);
    noteSmoke(found, report?.isPassed === true ? 'passed' : 'failed');
    store.apply({ kind: 'verified', target, report });
    return { kind: 'activated' };
  }
  const undone = undoneOf(found, verified.failure, before.blob.release);
  // Before anything else: after a crash at any later step, it is not activated again.
  await rollback.note(undone);
  served.goBack(target, active);
  const { environment, release, reason, to } = undone;
  const message = `${release} was served in ${environment} and rolled back: ${to} is served again. ${reason}`;
  return stopWith(
    'SmokeFailed',
    new StkError('smoke-failed', message, {
      details: { environment, release, tests: verified.report.tests },
    }),
  );
}

function noteSmoke({ governed, target, release, blob }: Desired, end: SmokeEnd): void {
  governed.past.memory.noteSmoke(target.environment, { release, digest: blob }, end);
}

function undoneOf(
  { target, release, blob, pointerCommit, clock }: Desired,
  reason: string,
  to: string,
): UndoneMove {
  return {
    environment: target.environment,
    release,
    digest: blob,
    revision: pointerCommit,
    pointer: target.pointer?.id ?? '',
    to,
    cause: 'smoke',
    reason,
    at: clock.now(),
    isHeld: true,
    hasIncident: true,
    isSettled: false,
  };
}
