// This Hub's own memory of its environments: what it activated, what it undid, and how long it was healthy. Kept in the
// state directory for every project, so that a rollback needs no records branch.
import { join } from 'node:path';
import type { Content } from '../../gates/admission/admission-facts.ts';
import type { CommitInfo } from '../../git/config-repo.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Project } from '../../model/project.ts';
import type { MoveClass } from '../../model/pipeline/record.ts';
import type { Log } from '../log.ts';
import { findPointerMove } from '../stages/refuse-undone.ts';
import type { Target } from '../stages/stage.ts';
import { ActivationMemory, type SmokeEnd } from '../state/activation-memory.ts';
import { HealthNotes } from '../state/health-notes.ts';
import type { UndoneMoves } from '../undo/undone-moves.ts';
import type { Decision } from './admission-desk.ts';

export interface HubMemoryOptions {
  readonly stateDirectory: string;
  readonly undone: UndoneMoves;
  readonly clock: Clock;
  readonly log: Log;
}

export interface DecidedMove {
  readonly content: Content;
  /** The newest commit that changed the pointer. */
  readonly commit: CommitInfo;
  /** `undefined` when no pipeline is configured. */
  readonly decision: Decision | undefined;
}

export class HubMemory {
  readonly activations: ActivationMemory;
  readonly health: HealthNotes;
  readonly #options: HubMemoryOptions;
  readonly #loaded = new Set<string>();

  constructor(options: HubMemoryOptions) {
    this.#options = options;
    const { stateDirectory, undone } = options;
    const isUndone = (environment: string, revision: string): boolean =>
      undone.find(environment, revision) !== undefined;
    this.activations = new ActivationMemory(join(stateDirectory, 'activations'), isUndone);
    this.health = new HealthNotes(join(stateDirectory, 'health.json'));
  }

  async load(project: Project): Promise<void> {
    const { log } = this.#options;
    const unread = this.#loaded.size === 0 ? await this.health.load() : undefined;
    if (unread !== undefined)
      log.warn({ problem: unread }, 'the health of the environments before the start is unknown');
    for (const environment of project.environments.keys()) {
      if (this.#loaded.has(environment)) continue;
      this.#loaded.add(environment);
      const problem = await this.activations.load(environment);
      if (problem !== undefined) log.warn({ environment, problem }, 'earlier activations cannot be read');
    }
  }

  /** It was activated. */
  noteServed(
    environment: string,
    content: Content,
    { revision, class: kind }: { readonly revision: string; readonly class: MoveClass },
  ): void {
    const { clock, log } = this.#options;
    const at = clock.now();
    const { release, digest } = content;
    this.health.note(environment, content, { isHealthy: true, now: at });
    this.activations
      .add(environment, { release, digest, revision, class: kind, at })
      .catch((thrown: unknown) =>
        log.error({ environment, problem: asStkError(thrown).message }, 'an activation was not stored'),
      );
  }

  /** The pointer's release is served already, as after a start: returns how it was activated; `undefined` when nothing was. */
  noteInSync(environment: string, content: Content, revision: string): MoveClass | undefined {
    const list = this.activations.of(environment);
    const known = list.findLast((one) => one.revision === revision);
    const last = list.at(-1);
    const isLast = last?.release === content.release && last.digest === content.digest;
    // The pointer returned to what was served all the time.
    if (isLast && known === undefined) return undefined;
    const hasRun = this.activations.ran(environment, content) === 'ran';
    const kind = known?.class ?? (hasRun ? 'rollback' : 'promotion');
    if (!isLast) this.noteServed(environment, content, { revision, class: kind });
    return kind;
  }

  /** The smoke tests of the served release have ended. */
  noteSmoke(environment: string, content: Content, smoke: SmokeEnd): void {
    this.activations
      .noteSmoke(environment, content, smoke)
      .catch((thrown: unknown) =>
        this.#options.log.error(
          { environment, problem: asStkError(thrown).message },
          'the results of smoke tests were not stored',
        ),
      );
  }

  /** The same for a move without a decision; an already remembered move stays unchanged. */
  async rememberMove(target: Target, content: Content): Promise<void> {
    const { environment } = target;
    const commit = await findPointerMove(target);
    const { revision } = commit;
    const last = this.activations.of(environment).at(-1);
    if (last?.revision === revision && last.digest === content.digest) return;
    const isBack = this.isRollback(environment, { content, commit, decision: undefined });
    this.noteServed(environment, content, { revision, class: isBack ? 'rollback' : 'promotion' });
  }

  /** This Hub's memory of the very commit counts first: after a restart, a promotion is still a promotion. */
  isRollback(environment: string, { content, commit, decision }: DecidedMove): boolean {
    const { revision, trailers } = commit;
    const list = this.activations.of(environment);
    const known = list.find((one) => one.revision === revision && one.digest === content.digest);
    if (known !== undefined) return known.class === 'rollback';
    if (decision !== undefined) return decision.admission.class === 'rollback';
    return trailers.get('Stk-Action') === 'rollback' || this.activations.ran(environment, content) === 'ran';
  }
}
