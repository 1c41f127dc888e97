// Collects the facts of one automatic promotion at the tip of the followed branch, and decides it. Expensive facts are
// only read when nothing else prevents the move.
import { parsePointer } from '../../documents/parse-pointer.ts';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError } from '../../kernel/errors.ts';
import { howLeft } from '../../ledger/intent/how-left.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';
import type { AutoSettings } from '../../model/pipeline/auto.ts';
import { hubAuthor } from '../../promotion/hub-signature.ts';
import { pointerPath } from '../../promotion/pointer-file.ts';
import { readPointerAt, type PointerState } from '../../promotion/pointer-state.ts';
import type { AskHub } from '../admission/ask-hub.ts';
import type { Explanation } from '../admission/explanation.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { ServedHere } from '../admission/served-here.ts';
import { readSources } from '../admission/facts/source-facts.ts';
import type { CanaryDesk } from '../canary/canary-desk.ts';
import type { HubState } from '../hub-state.ts';
import { type Ages, chooseByAge, isOlder } from './choose-candidates.ts';
import { type AutoCandidate, type AutoDecision, type AutoFacts, decideAuto } from './decide-auto.ts';

export interface AutoJudgeOptions {
  readonly clock: Clock;
  readonly canaries: Pick<CanaryDesk, 'view'>;
  readonly askHub: AskHub;
  servedHere(environment: string): ServedHere | null | undefined;
  readonly hub: Pick<HubState, 'explain' | 'check' | 'status'>;
}

export interface AutoJudged {
  readonly decision: AutoDecision;
  /** For the release to promote. */
  readonly gates: Explanation['gates'];
  /** The basis of the decision. */
  readonly pointer: PointerState;
  /** The decision could not be made now, and is worth a retry. */
  readonly isPassing: boolean;
}

export interface AutoQuestion {
  readonly environment: string;
  readonly settings: AutoSettings;
  readonly parts: GovernedParts;
}

type Answer = Omit<AutoJudged, 'pointer'>;

const admitted = { outcome: 'admitted', move: 'promotion', message: '' } as const;

export class AutoJudge {
  readonly #options: AutoJudgeOptions;

  constructor(options: AutoJudgeOptions) {
    this.#options = options;
  }

  /** Throws git's errors. */
  async judge(question: AutoQuestion): Promise<AutoJudged> {
    const { environment, settings, parts } = question;
    const { place, repo } = parts;
    const pointer = await readPointerAt(repo, environment, place.revision);
    const ages = await repo.releaseCommits(place.revision);
    let candidates: readonly AutoCandidate[];
    try {
      candidates = await this.#candidates(question, ages);
    } catch (thrown) {
      const { code, message } = asStkError(thrown);
      if (code !== 'hub-unavailable') throw thrown;
      const why = `The environments in "from" cannot be asked now: ${message}.`;
      return { decision: { do: 'wait', release: undefined, why }, gates: [], pointer, isPassing: true };
    }
    let first: Answer | undefined;
    for (const candidate of candidates) {
      const answer = await this.#judgeOne(question, { candidate, pointer, ages });
      if (answer.decision.do === 'promote' || answer.isPassing) return { ...answer, pointer };
      first ??= answer;
    }
    return { ...(first ?? nothing(settings, environment)), pointer };
  }

  async #judgeOne(
    question: AutoQuestion,
    { candidate, pointer, ages }: Pick<AutoJudged, 'pointer'> & { candidate: AutoCandidate; ages: Ages },
  ): Promise<Answer> {
    const { environment, settings, parts } = question;
    const { hub } = this.#options;
    const { release } = candidate;
    const serving = this.#options.servedHere(environment)?.release;
    const parsed = parsePointer(pointer.text ?? '', { file: pointerPath(environment) });
    let facts: AutoFacts = {
      environment,
      candidate,
      desired: pointer.release,
      serving,
      hold: parsed.ok ? parsed.value.hold?.reason : undefined,
      canary: this.#runningCanary(environment),
      presence: 'never',
      isOlder: serving === undefined ? false : isOlder(ages, release, serving),
      hotfixIn: undefined,
      explanation: admitted,
    };
    const isOut = (): boolean => decideAuto(facts).do !== 'promote';
    if (isOut()) return { decision: decideAuto(facts), gates: [], isPassing: false };
    facts = { ...facts, presence: await this.#presence(question, release, ages) };
    if (settings.choose.kind !== 'served') facts = { ...facts, hotfixIn: await hotfixOf(question, release) };
    if (isOut()) return { decision: decideAuto(facts), gates: [], isPassing: facts.presence === 'unknown' };
    const author = hubAuthor(parts.place.project.pipeline).email;
    const explained = await hub.explain(environment, { release, author });
    const explanation = explained.kind === 'explained' ? explained.explanation : undefined;
    facts = { ...facts, explanation };
    const { gates = [] } = explanation ?? {};
    if (explained.kind === 'refused' && explained.error.code !== 'git-unavailable')
      return { decision: { do: 'wait', release, why: explained.error.message }, gates, isPassing: false };
    if (isOut()) return { decision: decideAuto(facts), gates, isPassing: explanation === undefined };
    const checked = await hub.check(environment, { release, forMove: true });
    if (checked.kind === 'refused')
      return { decision: { do: 'wait', release, why: checked.error.message }, gates, isPassing: false };
    const { verdict } = checked;
    if (verdict.kind === 'compatible') return { decision: decideAuto(facts), gates, isPassing: false };
    const why =
      verdict.kind === 'incompatible'
        ? `${release} does not fit the database of ${environment}: ${verdict.findings[0]?.code ?? ''}, ${verdict.findings[0]?.slug ?? ''}.`
        : `Whether ${release} fits the database of ${environment} is not known yet.`;
    return { decision: { do: 'wait', release, why }, gates, isPassing: verdict.kind !== 'incompatible' };
  }

  #runningCanary(environment: string): string | undefined {
    const state = this.#options.canaries.view(environment)?.state;
    return state === undefined || state.kind === 'none' ? undefined : state.canary.content.release;
  }

  /** From what was served and what the pointer named: each may be the only one that shows a rollback. */
  async #presence(
    { environment, parts: { place, activations } }: AutoQuestion,
    release: string,
    ages: Ages,
  ): Promise<AutoFacts['presence']> {
    const { clock, askHub, servedHere } = this.#options;
    const { ledger, revision, project, repo } = place;
    const { pipeline } = project;
    const entry = await repo.entryAt(revision, `releases/${release}.yaml`);
    const content = { release, digest: entry?.id ?? '' };
    const older = (one: string, other: string): boolean => isOlder(ages, one, other) === true;
    const left = await howLeft(ledger.pointers, { revision, environment }, { content, isOlder: older });
    if (left === 'rolled-back') return left;
    const rules = countingRules(pipeline, clock.now());
    const request = { ledger, memory: activations, health: noHealth, pipeline, rules, revision, content };
    const [past] = await readSources({ ...request, askHub, servedHere }, [environment]);
    return past?.state.known === true ? past.state.value.presence : 'unknown';
  }

  async #candidates(question: AutoQuestion, ages: Ages): Promise<readonly AutoCandidate[]> {
    const { environment, settings } = question;
    if (settings.choose.kind === 'served') return this.#findServed(question);
    const serving = this.#options.servedHere(environment)?.release;
    return chooseByAge(settings.choose, ages, serving).map((release) => ({ release, source: undefined }));
  }

  /** Of the first environment of `from` that serves anything, here or at its own Hub. */
  async #findServed({ environment, parts: { place, repo } }: AutoQuestion): Promise<AutoCandidate[]> {
    const { servedHere, askHub } = this.#options;
    const { revision, project } = place;
    const { environments } = project.pipeline;
    for (const name of environments.get(environment)?.from ?? []) {
      const here = servedHere(name);
      const release =
        here === undefined ? (await askHub(name, environments.get(name)?.hub)).release : here?.release;
      if (release === undefined) continue;
      const { release: desired } = await readPointerAt(repo, name, revision);
      const state = this.#options.canaries.view(name)?.state;
      const isPaused = state?.kind === 'running' && state.phase === 'paused';
      const heldBack =
        isPaused || state?.kind === 'returning' ? `The canary ${name} is paused or over.` : undefined;
      return [{ release, source: { environment: name, desired, heldBack } }];
    }
    return [];
  }
}

/** The other environment whose pointer named the release as a hotfix. */
async function hotfixOf(
  { environment, parts: { place } }: AutoQuestion,
  release: string,
): Promise<string | undefined> {
  const { ledger, revision, project } = place;
  for (const name of project.environments.keys()) {
    if (name === environment) continue;
    for await (const move of ledger.pointers.walk(revision, name))
      if (move.release === release && move.pointer?.hotfix !== undefined) return name;
  }
  return undefined;
}

function nothing({ choose }: AutoSettings, environment: string): Answer {
  const decision: AutoDecision =
    choose.kind === 'served'
      ? { do: 'wait', release: undefined, why: 'No environment of "from" serves anything.' }
      : { do: 'nothing', why: noneNewer(choose, environment) };
  return { decision, gates: [], isPassing: false };
}

function noneNewer(choose: AutoSettings['choose'], environment: string): string {
  const range = choose.kind === 'semver' ? ` of ${choose.range}` : '';
  return `No release${range} is newer than what ${environment} serves.`;
}

/** How long it was healthy does not matter here. */
const noHealth = { of: () => [] };
