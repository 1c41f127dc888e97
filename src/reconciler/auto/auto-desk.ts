// Promotes automatically when stk.yaml has `auto`: as soon as the gates pass, or at the moments of a schedule. It
// checks every 10 s, and when something may have changed. One attempt for each moment, one environment after the other,
// so that no two runs overlap.
import { join } from 'node:path';
import { asStkError } from '../../kernel/errors.ts';
import type { AutoSettings } from '../../model/pipeline/auto.ts';
import { refuseUnsigned } from '../../promotion/hub-signature.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { Log } from '../log.ts';
import { type AutoCommitOutcome, commitAuto } from './auto-commit.ts';
import { type JournalledAttempt, AutoJournal } from './auto-journal.ts';
import { AutoJudge, type AutoJudgeOptions, type AutoJudged } from './auto-judge.ts';
import type { AutoDecision } from './decide-auto.ts';
import { momentsOf } from './moments.ts';
import { presentAuto, type AutoStatus } from './present-auto.ts';

export interface AutoDeskOptions extends AutoJudgeOptions {
  readonly stateDirectory: string;
  readonly log: Log;
  readonly governed: GovernedPath;
  /** A commit was made: the followed branch should be read. */
  onCommitted(): void;
}

const lookEvery = 10_000;
/** Milliseconds that another Hub has for a moment before this one treats it as done. */
const leftToOthers = 60_000;

export class AutoDesk {
  readonly #options: AutoDeskOptions;
  readonly #judge: AutoJudge;
  readonly #journal: AutoJournal;
  readonly #stopping = new AbortController();
  /** The last log message about each environment, so that each is logged once. */
  readonly #told = new Map<string, string>();
  /** Promotions whose commit the remote refused, by environment. */
  readonly #refused = new Map<string, { readonly release: string; readonly why: string }>();
  #timer: Promise<void> | undefined;
  #work: Promise<void> = Promise.resolve();
  #isAsked = false;

  constructor(options: AutoDeskOptions) {
    this.#options = options;
    this.#judge = new AutoJudge(options);
    this.#journal = new AutoJournal(join(options.stateDirectory, 'auto'));
  }

  /** Something may have changed. Does not wait for it. */
  look(): void {
    if (this.#stopping.signal.aborted || this.#automatic.length === 0) return;
    this.#timer ??= this.#run();
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#work = this.#work.then(async () => {
      this.#isAsked = false;
      await this.#lookAtAll();
    });
  }

  /** The state of automatic promotion, and what would happen now; `undefined` when none exists. Throws git's errors. */
  async view(environment: string): Promise<AutoStatus | undefined> {
    const { parts } = this.#options.governed;
    const settings = parts?.place.project.pipeline.environments.get(environment)?.auto;
    if (parts === undefined || settings === undefined) return undefined;
    if (this.#options.servedHere(environment) === undefined) return undefined;
    const { schedule } = settings;
    const now = this.#options.clock.now();
    const last = schedule && (await this.#journal.last(environment, schedule, now));
    const moments =
      schedule === undefined || last === undefined ? undefined : momentsOf(schedule.starts, last, now);
    const judged = await this.#judge.judge({ environment, settings, parts });
    const decision = this.#orRefused(environment, judged.decision);
    const attempts = this.#journal.attempts(environment);
    const isActing = await parts.leads(environment);
    return presentAuto({ environment, settings, moments, decision, attempts, isActing });
  }

  /** What the remote refused would be refused again. */
  #orRefused(environment: string, decision: AutoDecision): AutoDecision {
    const refused = this.#refused.get(environment);
    if (decision.do !== 'promote' || refused?.release !== decision.release) return decision;
    return { do: 'wait', ...refused };
  }

  async settled(): Promise<void> {
    await this.#work;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#timer;
    await this.#work;
  }

  /** Environments of this Hub with `auto`. */
  get #automatic(): readonly (readonly [environment: string, settings: AutoSettings])[] {
    const policies = this.#options.governed.parts?.place.project.pipeline.environments ?? [];
    return [...policies].flatMap(([environment, { auto }]) =>
      auto === undefined || this.#options.servedHere(environment) === undefined
        ? []
        : [[environment, auto] as const],
    );
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await this.#options.clock.sleep(lookEvery, signal);
      if (signal.aborted) return;
      this.look();
    }
  }

  async #lookAtAll(): Promise<void> {
    const { governed, log } = this.#options;
    for (const [environment, settings] of this.#automatic) {
      const { parts } = governed;
      if (parts === undefined || this.#stopping.signal.aborted) return;
      try {
        if (settings.schedule === undefined) await this.#lookAt({ environment, settings, parts });
        else await this.#lookAtSchedule({ environment, settings, parts });
      } catch (thrown) {
        const problem = asStkError(thrown).message;
        log.warn({ environment, problem }, 'whether to promote by itself could not be decided');
      }
    }
  }

  async #lookAt(request: Request): Promise<void> {
    const { environment, parts } = request;
    if (!(await parts.leads(environment))) return;
    const attempt = await this.#attempt(request, undefined);
    if (attempt !== undefined) this.#tell(environment, attempt.did === 'waited' ? attempt.sentence : '');
  }

  async #lookAtSchedule(request: Request): Promise<void> {
    const { environment, settings, parts } = request;
    if (settings.schedule === undefined) return;
    const now = this.#options.clock.now();
    const last = await this.#journal.last(environment, settings.schedule, now);
    const { due } = momentsOf(settings.schedule.starts, last, now);
    if (due === undefined) return;
    if (!(await parts.leads(environment))) {
      if (now - due > leftToOthers) await this.#journal.note(environment, due, undefined);
      return;
    }
    const attempt = await this.#attempt(request, due);
    // It could not be decided: it is retried until the next moment.
    if (attempt === undefined) return;
    await this.#journal.note(environment, due, attempt);
    const { release, sentence: why } = attempt;
    const moment = new Date(due).toISOString();
    this.#options.log.info({ environment, moment, release, why }, 'a scheduled promotion was decided');
  }

  /** `undefined` when it cannot be decided now. */
  async #attempt(request: Request, moment: number | undefined): Promise<JournalledAttempt | undefined> {
    const { environment, parts } = request;
    const { place, repo } = parts;
    // The judged revision must be the tip; otherwise it is judged again once the Hub has read the tip.
    if (!this.#isKnown(request) || (await repo.resolve()) !== place.revision) return undefined;
    const judged = await this.#judge.judge(request);
    const { decision, isPassing } = judged;
    const at = this.#options.clock.now();
    const base = { moment: moment ?? at, at };
    if (isPassing) {
      if (decision.do === 'wait') this.#tell(environment, decision.why);
      return undefined;
    }
    if (decision.do === 'nothing') return { ...base, did: 'nothing', release: null, sentence: decision.why };
    const { release = null } = decision;
    if (decision.do === 'wait') return { ...base, did: 'waited', release, sentence: decision.why };
    const unsigned = refuseUnsigned({ repo, project: () => place.project }, environment);
    if (unsigned !== undefined) return { ...base, did: 'waited', release, sentence: `${unsigned.message}.` };
    return this.#promote(request, { judged, base, moment });
  }

  /** After a start, what the environment and its sources serve is known once each was checked. */
  #isKnown({ environment, parts: { place } }: Request): boolean {
    const { from = [] } = place.project.pipeline.environments.get(environment) ?? {};
    return [environment, ...from].every((name) => {
      const status = this.#options.hub.status(name);
      return status === undefined || status.observedRevision !== null;
    });
  }

  async #promote(
    { environment, parts: { place, repo } }: Request,
    { judged, base, moment }: Promotion,
  ): Promise<JournalledAttempt | undefined> {
    const { decision, pointer, gates } = judged;
    if (decision.do !== 'promote') return undefined;
    const { release, source } = decision;
    const change = { environment, release, source, pointer, gates, moment };
    let outcome: AutoCommitOutcome;
    try {
      outcome = await commitAuto(repo, place.project.pipeline, change);
    } catch (thrown) {
      const { code, message } = asStkError(thrown);
      if (code !== 'push-refused') throw thrown;
      const why = message.replaceAll(/\s+/g, ' ');
      this.#refused.set(environment, { release, why });
      return { ...base, did: 'waited', release, sentence: why };
    }
    this.#refused.delete(environment);
    switch (outcome.kind) {
      case 'committed': {
        const { revision } = outcome;
        this.#options.log.info({ environment, release, revision }, 'the Hub promoted by itself');
        this.#options.onCommitted();
        const sentence = `Promoted from ${pointer.release ?? 'nothing'} to ${release}: every gate passed.`;
        return { ...base, did: 'promoted', release, sentence };
      }
      case 'overtaken': {
        const sentence = `Somebody else moved the pointer of ${environment} first: that decision stands.`;
        return { ...base, did: 'waited', release, sentence };
      }
      case 'work-tree-dirty': {
        const sentence = `The branch is checked out and has uncommitted changes: ${outcome.path}.`;
        return { ...base, did: 'waited', release, sentence };
      }
      case 'moved':
        return undefined;
    }
  }

  #tell(environment: string, why: string): void {
    if (this.#told.get(environment) === why) return;
    this.#told.set(environment, why);
    if (why !== '') this.#options.log.info({ environment, why }, 'the Hub does not promote by itself now');
  }
}

interface Request {
  readonly environment: string;
  readonly settings: AutoSettings;
  readonly parts: GovernedParts;
}

interface Promotion {
  readonly judged: AutoJudged;
  readonly base: Pick<JournalledAttempt, 'moment' | 'at'>;
  /** `undefined` when there is no schedule. */
  readonly moment: number | undefined;
}
