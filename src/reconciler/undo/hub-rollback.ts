// The Hub undoes a move automatically: after a failed smoke test, a canary's verdict, a trigger. The deciding code does
// three things:
//
//   await rollback.note(move)        on disk: this Hub never activates that pointer commit again
//   …                                acts: swaps back, or ends the share. Needs no git
//   rollback.commit(environment)     in the background: event, rollback commit with trailers, hold and incident
//
// The commit is retried until it is made or somebody else moves the pointer, also after a restart; `RollbackPending`
// shows why it waits. Code that wants the commit itself to move leaves out the second step.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Condition } from '../../model/condition.ts';
import type { Project } from '../../model/project.ts';
import { applyMove } from '../../promotion/apply-move.ts';
import { createHubCommitter } from '../../promotion/hub-committer.ts';
import { hubAuthor, refuseUnsigned } from '../../promotion/hub-signature.ts';
import type { MovePlan } from '../../promotion/plan.ts';
import { openIncident } from '../../promotion/rollback-incident.ts';
import { incidentFreeze } from '../../promotion/incident-freeze.ts';
import { readPointerAt } from '../../promotion/pointer-state.ts';
import type { Log } from '../log.ts';
import { claim, type Claim } from '../status/compute-conditions.ts';
import type { otherReasons } from '../status/reasons.ts';
import { backOff } from '../status/timing.ts';
import type { UndoneMove, UndoneMoves } from './undone-moves.ts';

export interface HubRollbackOptions {
  readonly undone: UndoneMoves;
  readonly clock: Clock;
  readonly log: Log;
  /** `undefined` when git cannot be read now. */
  repo(): ConfigRepo | undefined;
  /** The project in force. */
  project(): Project;
  /** Sends its event, before each attempt to commit. Must not reject. */
  tell(move: UndoneMove): Promise<void>;
  /** A commit was made: the followed branch should be read. */
  onCommitted(): void;
  /** A condition changed. */
  onChange(): void;
}

type Tried = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: StkError };

const reasons: ReadonlyMap<string, keyof (typeof otherReasons)['RollbackPending']> = new Map([
  ['git-dirty', 'WorkTreeDirty'],
  ['signing-key-missing', 'SigningKeyMissing'],
  ['push-refused', 'PushRefused'],
]);

export class HubRollback {
  readonly #options: HubRollbackOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #conditions = new Map<string, Condition>();

  constructor(options: HubRollbackOptions) {
    this.#options = options;
  }

  /** RollbackPending, while a rollback commit could not be made; HubCannotCommit, where that is for want of a signing key. */
  conditionsOf(environment: string): readonly Condition[] {
    const pending = this.#conditions.get(environment);
    if (pending === undefined) return [];
    return pending.reason === 'SigningKeyMissing'
      ? [pending, { ...pending, type: 'HubCannotCommit' }]
      : [pending];
  }

  /** On disk when it resolves, unless the disk fails: then it is known until this process ends. Never rejects. */
  async note(move: UndoneMove): Promise<void> {
    try {
      await this.#options.undone.note(move);
    } catch (thrown) {
      const { environment, release } = move;
      const problem = asStkError(thrown).message;
      this.#options.log.error(
        { environment, release, problem },
        'the note that a move was undone was not stored',
      );
    }
  }

  /** Whether this Hub has undone the move of that pointer commit. */
  isNoted(environment: string, revision: string): boolean {
    return this.#options.undone.find(environment, revision) !== undefined;
  }

  /** Commits what is pending, in the background; does nothing when nothing is. */
  commit(environment: string): void {
    if (this.#running.has(environment) || this.#options.undone.pending(environment) === undefined) return;
    const running = this.#commitUntilDone(environment)
      .catch((thrown: unknown) => {
        const problem = asStkError(thrown).message;
        this.#options.log.error({ environment, problem }, 'a rollback was not committed');
      })
      .finally(() => this.#running.delete(environment));
    this.#running.set(environment, running);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.values());
  }

  async #commitUntilDone(environment: string): Promise<void> {
    const { undone, clock, log } = this.#options;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      const move = undone.pending(environment);
      if (move === undefined) return;
      const tried = await this.#try(move);
      if (tried.kind === 'done') {
        failures = 0;
        this.#note(environment, undefined);
        await undone.settle(move);
        continue;
      }
      failures += 1;
      const { message, hint, code } = tried.error;
      if (failures === 1)
        log.warn(
          { environment, release: move.release, problem: message },
          'the rollback is not committed yet',
        );
      this.#note(environment, describePending(move, { message, hint, code }));
      await clock.sleep(backOff(failures, clock), signal);
    }
  }

  async #try(move: UndoneMove): Promise<Tried> {
    const { tell, project, onCommitted, log } = this.#options;
    const { environment, release, to, cause } = move;
    await tell(move);
    try {
      const repo = this.#options.repo();
      if (repo === undefined) throw new StkError('git-unavailable', 'the config repo cannot be read now');
      const { pipeline } = project();
      const author = hubAuthor(pipeline);
      const before = await readPointerAt(repo, environment, await repo.resolve());
      // Somebody else has moved it: that decision counts.
      if (before.blob !== move.pointer) return { kind: 'done' };
      const unsigned = refuseUnsigned({ repo, project }, environment);
      if (unsigned !== undefined) return { kind: 'failed', error: unsigned };
      const outcome = await applyMove(planOf(move, author.email), {
        judge: async () => ({ kind: 'fits', fingerprint: undefined, findings: [] }),
        facts: {
          reason: move.reason,
          actor: undefined,
          cause,
          further: new Map(Object.entries(move.trailers ?? {})),
        },
        committer: createHubCommitter(repo, before, author),
      });
      if (outcome.kind === 'refused') return { kind: 'failed', error: outcome.error };
      if (outcome.kind === 'moved') {
        const { revision } = outcome.commit;
        log.info({ environment, release, to, revision, cause }, 'the rollback is committed');
        onCommitted();
      }
      return { kind: 'done' };
    } catch (thrown) {
      return { kind: 'failed', error: asStkError(thrown) };
    }
  }

  #note(environment: string, next: Claim | undefined): void {
    const before = this.#conditions.get(environment);
    if (before?.message === next?.message) return;
    const since = before?.since ?? new Date(this.#options.clock.now()).toISOString();
    if (next === undefined) this.#conditions.delete(environment);
    else this.#conditions.set(environment, { ...next, since });
    this.#options.onChange();
  }
}

function planOf(move: UndoneMove, actor: string): MovePlan {
  const { environment, release, to, cause, reason, at, isHeld, hasIncident, freeze, files = {} } = move;
  const incident = openIncident({ environment, release, to, cause, actor, reason, at, named: null });
  return {
    kind: 'move',
    action: 'rollback',
    environment,
    from: release,
    to,
    source: undefined,
    ...(isHeld ? { keys: { hold: { reason } } } : {}),
    beside: async (place) =>
      new Map([
        ...Object.entries(files),
        ...(hasIncident ? await incident(place) : []),
        ...(freeze === undefined ? [] : await incidentFreeze({ environment, reason: freeze, at })(place)),
      ]),
  };
}

function describePending(
  { environment, release, to }: UndoneMove,
  { message, hint, code }: Pick<StkError, 'message' | 'hint' | 'code'>,
): Claim {
  const reason = reasons.get(code) ?? 'NotCommitted';
  const what = `The rollback of ${environment} from ${release} to ${to} is not committed yet.`;
  return claim('RollbackPending', 'True', reason, [what, message, hint].filter(Boolean).join(' '));
}
