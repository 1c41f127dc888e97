// Questions of a request about a release and an environment that change nothing: does it fit, may it enter, do its
// tests pass, what would a rollback restore. Other code answers them; this file collects their inputs.
import { StkError } from '../../kernel/errors.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { Release } from '../../model/release.ts';
import { describeResults } from '../../serving/describe-results.ts';
import { type EvaluationScore, readScores } from '../admission/facts/evaluation-facts.ts';
import { explainMove } from '../admission/explain-move.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { RefFollower } from '../follow/ref-follower.ts';
import type {
  Candidate,
  CheckOutcome,
  DescribedRelease,
  ExplainOutcome,
  HubState,
  MoveQuestion,
  SmokeOutcome,
} from '../hub-state.ts';
import type { Log } from '../log.ts';
import type { Changes } from '../status/changes.ts';
import { waitUntilObserved } from '../status/wait-until-observed.ts';
import type { ChosenTarget, TargetKind } from '../undo/choose-target.ts';
import { findTarget } from '../undo/find-target.ts';
import { checkCandidate } from './check-candidate.ts';
import { checkMatrixOf, type MatrixOutcome } from './check-matrix.ts';
import type { EnvironmentTools } from './environment-reconciler.ts';
import { prepareCandidate } from './prepare-candidate.ts';
import type { ServedEnvironments } from './served-environments.ts';
import { smokeByHand, type SmokeByHandRequest } from './smoke-by-hand.ts';

export interface HubQuestionsOptions {
  readonly hub: Pick<HubState, 'repo' | 'project' | 'environments'>;
  readonly tools: EnvironmentTools;
  readonly follower: RefFollower;
  readonly environments: ServedEnvironments;
  readonly changes: Changes;
  readonly governed: Pick<GovernedPath, 'parts'>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export class HubQuestions {
  readonly #parts: HubQuestionsOptions;

  constructor(parts: HubQuestionsOptions) {
    this.#parts = parts;
  }

  async check(environment: string, what: Candidate): Promise<CheckOutcome> {
    const settings = this.#settingsOf(environment);
    if (settings === undefined) return { kind: 'refused', error: this.#unknownEnvironment(environment) };
    return checkCandidate(this.#parts.tools, { ...this.#place(), settings, what });
  }

  async smoke(environment: string, release: string | undefined, attempts?: number): Promise<SmokeOutcome> {
    const settings = this.#settingsOf(environment);
    if (settings === undefined) throw this.#unknownEnvironment(environment);
    const serving = this.#parts.tools.table.stable(environment);
    const onServed: SmokeByHandRequest['onServed'] = (active, report) =>
      this.#parts.environments.get(environment)?.noteSmoke(active, report);
    const request = { settings, release, serving, attempts, onServed };
    return smokeByHand(this.#parts.tools, { ...this.#place(), ...request });
  }

  async describe(environment: string, release: string | undefined): Promise<DescribedRelease> {
    const settings = this.#settingsOf(environment);
    if (settings === undefined) throw this.#unknownEnvironment(environment);
    const { tools } = this.#parts;
    const served = tools.table.stable(environment);
    const isServed = release === undefined || served?.compiled.release.release === release;
    const active = isServed ? served : await prepareCandidate(tools, { ...this.#place(), settings }, release);
    if (active === undefined)
      throw new StkError('not-active', `${environment} serves nothing yet`, {
        hint: 'stk status shows what it waits for.',
        details: { environment },
      });
    const { compiled, database } = active;
    return { compiled, results: await describeResults(compiled, database) };
  }

  async checkMatrix(environment: string, releases: readonly string[]): Promise<MatrixOutcome> {
    const settings = this.#settingsOf(environment);
    if (settings === undefined) return { kind: 'refused', error: this.#unknownEnvironment(environment) };
    return checkMatrixOf(this.#parts.tools, { ...this.#place(), settings, releases });
  }

  async rollbackTarget(environment: string, kind: TargetKind, mustFit?: boolean): Promise<ChosenTarget> {
    const settings = this.#settingsOf(environment);
    if (settings === undefined) throw this.#unknownEnvironment(environment);
    const served = this.#parts.environments.get(environment)?.serving ?? undefined;
    const matrix = (releases: readonly string[]) => this.checkMatrix(environment, releases);
    const project = this.#parts.hub.project();
    const request = { kind, settings, project, served, matrix, mustFit };
    return findTarget({ ...this.#parts.tools, ...this.#place(), ...request });
  }

  async explain(environment: string, what: MoveQuestion): Promise<ExplainOutcome> {
    const one = this.#parts.environments.get(environment);
    if (this.#settingsOf(environment) === undefined || one === undefined)
      return { kind: 'refused', error: this.#unknownEnvironment(environment) };
    const { repo, observation } = this.#parts.follower;
    const serving = one.serving ?? undefined;
    return explainMove({ ...this.#parts.tools, repo, observation, environment, serving }, what);
  }

  async scores(environment: string): Promise<readonly EvaluationScore[]> {
    const { environments, governed, tools, log } = this.#parts;
    const served = environments.servedHere(environment);
    const place = governed.parts?.place;
    return place === undefined || !served ? [] : readScores(place, served, { clock: tools.clock, log });
  }

  /** Waits until a commit was observed and its changes have settled, or this many milliseconds have passed. */
  async waitUntilObserved(environment: string, revision: string, ms: number): Promise<void> {
    const { environments, follower, changes, tools } = this.#parts;
    const one = environments.get(environment);
    if (one === undefined) return;
    await waitUntilObserved({
      clock: tools.clock,
      changes,
      observed: () => follower.observation?.revision,
      contains: (observed) => follower.contains(observed, revision),
      isSettled: () => one.isSettled,
      ms,
    });
  }

  async readRelease(release: string, blob: string): Promise<Release> {
    const outcome = await this.#parts.tools.library.read({ repo: this.#parts.hub.repo, blob, release });
    if (outcome.kind === 'invalid') throw outcome.error;
    return outcome.checkable.release;
  }

  #place(): Pick<Parameters<typeof checkCandidate>[1], 'observation' | 'repo' | 'limits' | 'signal'> {
    const { observation, repo } = this.#parts.follower;
    return { observation, repo, limits: this.#parts.hub.project().limits, signal: this.#parts.signal };
  }

  #settingsOf(environment: string): EnvironmentSettings | undefined {
    if (this.#parts.environments.get(environment) === undefined) return undefined;
    return this.#parts.hub.project().environments.get(environment);
  }

  #unknownEnvironment(environment: string): StkError {
    const message = `This Hub serves no environment ${environment}.`;
    const hint = `It serves ${this.#parts.hub.environments().join(', ')}.`;
    return new StkError('unknown-environment', message, { hint, details: { environment } });
  }
}
