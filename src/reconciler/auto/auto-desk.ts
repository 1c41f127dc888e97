// Promotes by itself where stk.yaml says `auto: { when: gates }`: looks every 10 s, and when something may have changed. One
// ordinary commit, made on the very tip that was judged; whoever commits first wins, and the next look begins anew.
import { parsePointer } from '../../documents/parse-pointer.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError } from '../../kernel/errors.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { formatCommitMessage } from '../../promotion/commit-message.ts';
import { hubAuthor, refuseUnsigned } from '../../promotion/hub-signature.ts';
import { formatPointer, pointerPath } from '../../promotion/pointer-file.ts';
import { readPointerAt, type PointerState } from '../../promotion/pointer-state.ts';
import type { AskHub } from '../admission/ask-hub.ts';
import type { Explanation } from '../admission/explanation.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { ServedHere } from '../admission/served-here.ts';
import { autoActor } from '../admission/move-facts.ts';
import { readSources } from '../admission/source-facts.ts';
import type { CanaryDesk } from '../canary/canary-desk.ts';
import type { HubState } from '../hub-state.ts';
import type { Log } from '../log.ts';
import { decideAuto, type AutoFacts, type AutoSource } from './decide-auto.ts';

export interface AutoDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly governed: GovernedPath;
  readonly canaries: CanaryDesk;
  readonly askHub: AskHub;
  servedHere(environment: string): ServedHere | null | undefined;
  readonly hub: Pick<HubState, 'explain' | 'check'>;
  /** A commit was made: the followed branch is worth a look. */
  onCommitted(): void;
}

const lookEvery = 10_000;

export class AutoDesk {
  readonly #options: AutoDeskOptions;
  readonly #stopping = new AbortController();
  /** What was told last of each environment, so that the log tells it once. */
  readonly #told = new Map<string, string>();
  #timer: Promise<void> | undefined;
  #work: Promise<void> = Promise.resolve();
  #isAsked = false;

  constructor(options: AutoDeskOptions) {
    this.#options = options;
  }

  /** Something may have changed. Does not wait for it. */
  look(): void {
    if (this.#stopping.signal.aborted || !this.#isUsed) return;
    this.#timer ??= this.#run();
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#work = this.#work.then(async () => {
      this.#isAsked = false;
      await this.#lookAtAll();
    });
  }

  async settled(): Promise<void> {
    await this.#work;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#timer;
    await this.#work;
  }

  get #isUsed(): boolean {
    const environments = this.#options.governed.parts?.place.project.pipeline.environments.values();
    return [...(environments ?? [])].some(({ auto }) => auto === 'gates');
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
    const { parts } = governed;
    for (const [environment, { auto }] of parts?.place.project.pipeline.environments ?? []) {
      if (parts === undefined || auto !== 'gates' || this.#stopping.signal.aborted) continue;
      if (this.#options.servedHere(environment) === undefined) continue;
      try {
        if (await parts.isWriter(environment)) await this.#lookAt(environment, parts);
      } catch (thrown) {
        const problem = asStkError(thrown).message;
        log.warn({ environment, problem }, 'whether to promote by itself could not be decided');
      }
    }
  }

  async #lookAt(environment: string, parts: GovernedParts): Promise<void> {
    const { place, repo } = parts;
    const tip = await repo.resolve();
    // What was judged is what stands at the tip, or it is judged again once the Hub has read it.
    if (tip !== place.revision) return;
    const { pipeline } = place.project;
    const pointer = await readPointerAt(repo, environment, tip);
    const { facts, gates } = await this.#gather(environment, parts, pointer);
    const decision = decideAuto(facts);
    this.#tell(environment, decision.do === 'wait' ? decision.why : '');
    if (decision.do !== 'promote' || refuseUnsigned({ repo, project: () => place.project }, environment))
      return;
    const { release, source } = decision;
    const checked = await this.#options.hub.check(environment, { release, forMove: true });
    if (checked.kind !== 'checked' || checked.verdict.kind !== 'compatible') return;
    await this.#commit({ environment, release, source, pointer, gates, repo, pipeline });
  }

  async #gather(
    environment: string,
    { place, activations, repo }: GovernedParts,
    pointer: PointerState,
  ): Promise<{ readonly facts: AutoFacts; readonly gates: Explanation['gates'] }> {
    const { ledger, project, revision } = place;
    const { pipeline } = project;
    const served = this.#options.servedHere(environment) ?? undefined;
    const source = await this.#findSource(environment, { pipeline, repo, revision });
    const parsed = parsePointer(pointer.text ?? '', { file: pointerPath(environment) });
    const base: AutoFacts = {
      environment,
      source,
      desired: pointer.release,
      serving: served?.release,
      hold: parsed.ok ? parsed.value.hold?.reason : undefined,
      presence: 'unknown',
      isOlder: false,
      explanation: undefined,
    };
    // Nothing is asked where there is nothing to do.
    if (source === undefined || decideAuto({ ...base, presence: 'never' }).do === 'nothing')
      return { facts: base, gates: [] };
    const { release } = source;
    const digest = this.#options.servedHere(source.environment)?.digest ?? '';
    const content = { release, digest };
    const { clock, askHub, servedHere } = this.#options;
    const rules = countingRules(pipeline, clock.now());
    const request = { ledger, memory: activations, health: noHealth, pipeline, rules, revision, content };
    const [past] = await readSources({ ...request, askHub, servedHere }, [environment]);
    const explained = await this.#options.hub.explain(environment, {
      release,
      author: hubAuthor(pipeline).email,
    });
    const explanation = explained.kind === 'explained' ? explained.explanation : undefined;
    const added = await repo.releaseCommits(revision);
    const [mine, other] = [added.get(release)?.revision, added.get(served?.release ?? '')?.revision];
    const isOlder =
      mine !== undefined && other !== undefined && mine !== other && (await repo.isAncestor(mine, other));
    return {
      facts: {
        ...base,
        presence: past?.state.known === true ? past.state.value.presence : 'unknown',
        isOlder,
        explanation,
      },
      gates: explanation?.gates ?? [],
    };
  }

  async #findSource(
    environment: string,
    { pipeline, repo, revision }: { pipeline: Pipeline; repo: ConfigRepo; revision: string },
  ): Promise<AutoSource | undefined> {
    for (const name of pipeline.environments.get(environment)?.from ?? []) {
      const served = this.#options.servedHere(name);
      if (served === undefined || served === null) continue;
      const { release: desired } = await readPointerAt(repo, name, revision);
      const state = this.#options.canaries.view(name)?.state;
      const isPaused = state?.kind === 'running' && state.phase === 'paused';
      const heldBack =
        isPaused || state?.kind === 'returning' ? `The canary ${name} is paused or over.` : undefined;
      return { environment: name, release: served.release, desired, heldBack };
    }
    return undefined;
  }

  async #commit(request: CommitRequest): Promise<void> {
    const { environment, release, source, pointer, gates, repo, pipeline } = request;
    const from = pointer.release;
    const verdicts = gates.map(({ name, verdict, sentence }) => `${name} ${verdict}: ${sentence}`).join(' ');
    const plan = { kind: 'move', action: 'promote', environment, from, to: release, source } as const;
    const message = formatCommitMessage(plan, {
      actor: autoActor,
      reason: 'Every gate passed.',
      further: new Map(verdicts === '' ? [] : [['Stk-Gates', verdicts]]),
    });
    const outcome = await repo.commitFiles({
      files: new Map([[pointerPath(environment), formatPointer(pointer.text, release)]]),
      message,
      author: hubAuthor(pipeline),
      expected: pointer.revision,
    });
    if (outcome.kind === 'work-tree-dirty') {
      this.#tell(
        environment,
        `The branch is checked out and has uncommitted changes: ${outcome.paths[0] ?? ''}`,
      );
      return;
    }
    // Somebody else committed first: the next look judges what stands there now.
    if (outcome.kind !== 'committed') return;
    const { revision } = outcome;
    this.#options.log.info({ environment, release, revision }, 'the Hub promoted by itself');
    this.#options.onCommitted();
  }

  #tell(environment: string, why: string): void {
    if (this.#told.get(environment) === why) return;
    this.#told.set(environment, why);
    if (why !== '') this.#options.log.info({ environment, why }, 'the Hub does not promote by itself now');
  }
}

/** How long it was healthy is no question here. */
const noHealth = { of: () => [] };

interface CommitRequest {
  readonly environment: string;
  readonly release: string;
  readonly source: string;
  readonly pointer: PointerState;
  readonly gates: Explanation['gates'];
  readonly repo: ConfigRepo;
  readonly pipeline: Pipeline;
}
