// Makes the proposals that stk.yaml requires, and reports the state of pull requests to the forge: every 10 s, and when
// something may have changed. Failures are retried with pauses that grow from 10 s to 10 minutes, and shown as
// ProposalPending.
import type { Forge } from '../../forge/forge.ts';
import { openForge } from '../../forge/open-forge.ts';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError, type StkError } from '../../kernel/errors.ts';
import type { Condition } from '../../model/condition.ts';
import type { ForgeSettings } from '../../model/pipeline/forge.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { ServedHere } from '../admission/served-here.ts';
import type { HubState } from '../hub-state.ts';
import type { Log } from '../log.ts';
import { claim, type Claim } from '../status/compute-conditions.ts';
import type { otherReasons } from '../status/reasons.ts';
import { type Backport, handlePullRequests, proposeBackport } from './backports.ts';
import { checkPullRequests } from './check-pull-requests.ts';
import type { DescribeProposal } from './describe-proposal.ts';

export interface ProposalDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly governed: GovernedPath;
  readonly hub: Pick<HubState, 'explain' | 'check' | 'readRelease'>;
  readonly describeProposal: DescribeProposal;
  servedHere(environment: string): ServedHere | null | undefined;
  /** Value of an environment variable for a request to this URL. */
  secret(name: string, url: string): string | undefined;
  /** A condition changed. */
  onChange(): void;
}

const lookEvery = 10_000;
const longestPause = 600_000;
/** Milliseconds between two checks of a forge's pull requests. */
const checkEvery = 30_000;

const reasons: ReadonlyMap<string, keyof (typeof otherReasons)['ProposalPending']> = new Map([
  ['push-refused', 'PushRefused'],
  ['forge-refused', 'ForgeRefused'],
  ['forge-unavailable', 'ForgeUnavailable'],
  ['secret-unset', 'TokenMissing'],
]);

interface Attempt {
  /** Begins with the environment. */
  readonly key: string;
  readonly environment: string;
  readonly target: string;
  /** What is delayed by the failure: the first half of a sentence. */
  readonly what: string;
}

interface Failure {
  readonly times: number;
  /** When it is retried. */
  readonly again: number;
  readonly condition: Condition;
}

export class ProposalDesk {
  readonly #options: ProposalDeskOptions;
  readonly #stopping = new AbortController();
  readonly #failures = new Map<string, Failure>();
  /** The last requests to the forge. */
  readonly #handled = new Map<string, string>();
  /** The last log message about each target, so that each is logged once. */
  readonly #told = new Map<string, string>();
  /** The last reports to the forge about pull requests. */
  readonly #statuses = new Map<string, string>();
  #checkedAt = Number.NEGATIVE_INFINITY;
  #forge: { readonly settings: string; readonly forge: Forge } | undefined;
  #timer: Promise<void> | undefined;
  #work: Promise<void> = Promise.resolve();
  #isAsked = false;

  constructor(options: ProposalDeskOptions) {
    this.#options = options;
  }

  /** ProposalPending, while a proposal of this environment could not be made. */
  conditionsOf(environment: string): readonly Condition[] {
    const own = [...this.#failures].filter(([key]) => key.startsWith(`${environment} `));
    // Git's refusals come first: their key is the shorter one.
    own.sort(([a], [b]) => a.length - b.length);
    return own.slice(0, 1).map(([, { condition }]) => condition);
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
    const project = this.#options.governed.parts?.place.project;
    if (project === undefined) return false;
    if (project.forge !== undefined) return true;
    return [...project.pipeline.environments.values()].some(({ backport }) => backport !== undefined);
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
    const { parts } = this.#options.governed;
    if (parts === undefined) return;
    const { pipeline, forge: settings } = parts.place.project;
    const forge = settings === undefined ? undefined : this.#open(settings);
    for (const [environment, { backport = [] }] of pipeline.environments)
      for (const target of backport) {
        if (this.#stopping.signal.aborted) return;
        const what = `The backport of ${environment} to ${target}`;
        const place = { environment, target };
        const key = `${environment} ${target}`;
        const found = await this.#attempt({ ...place, key, what: `${what} is not proposed yet` }, () =>
          this.#propose(parts, place),
        );
        if (found === undefined || forge === undefined) continue;
        // A separate pause from git's: a failing forge does not stop branches from being pushed.
        const pulls = { ...place, key: `${key} pulls`, what: `${what} is not up to date at ${forge.name}` };
        await this.#attempt(pulls, () => this.#handle(forge, key, found));
      }
    if (forge !== undefined) await this.#check(parts, forge);
  }

  async #check(parts: GovernedParts, forge: Forge): Promise<void> {
    const { clock, hub, servedHere } = this.#options;
    const now = clock.now();
    if (now - this.#checkedAt < checkEvery) return;
    const led: string[] = [];
    for (const name of parts.place.project.environments.keys())
      if (servedHere(name) !== undefined && (await parts.isWriter(name))) led.push(name);
    const [environment] = led;
    if (environment === undefined) return;
    this.#checkedAt = now;
    const what = `The statuses of pull requests are not up to date at ${forge.name}`;
    const attempt = {
      key: `${environment} statuses of pull requests`,
      environment,
      target: environment,
      what,
    };
    await this.#attempt(attempt, () => checkPullRequests({ parts, hub, led, now }, forge, this.#statuses));
  }

  /** `undefined` when there is nothing to decide here or now. */
  async #propose(
    parts: GovernedParts,
    { environment, target }: { readonly environment: string; readonly target: string },
  ): Promise<Backport | undefined> {
    const { log, clock, servedHere } = this.#options;
    const served = servedHere(environment);
    const activation = parts.activations.of(environment).at(-1);
    // A move is in progress, or it is unknown how the served release was activated.
    if (activation === undefined || activation.digest !== served?.digest) return undefined;
    if (!(await parts.leads(environment))) return undefined;
    // The judged revision must be the tip; otherwise it is judged again once the Hub has read the tip.
    if ((await parts.repo.resolve()) !== parts.place.revision) return undefined;
    const question = { parts, clock, from: environment, target, activation, servedHere };
    const found = await proposeBackport({ log }, question);
    const why = found?.decision.do === 'stop' ? found.decision.why : '';
    const key = `${environment} ${target}`;
    if (why !== '' && this.#told.get(key) !== why)
      log.info({ environment: target, from: environment, why }, 'no backport is proposed now');
    this.#told.set(key, why);
    return found;
  }

  /** The forge is only asked again when something about it has changed. */
  async #handle(forge: Forge, key: string, backport: Backport): Promise<void> {
    const { log, hub, describeProposal } = this.#options;
    const { question, decision, revision, pointer } = backport;
    const state = JSON.stringify([question.activation.release, decision, revision, pointer.blob]);
    if (this.#handled.get(key) === state) return;
    await handlePullRequests({ log, hub, describe: describeProposal }, forge, backport);
    this.#handled.set(key, state);
  }

  #open(settings: ForgeSettings): Forge {
    const key = JSON.stringify(settings);
    if (this.#forge?.settings === key) return this.#forge.forge;
    const { clock, secret } = this.#options;
    const token = secret(settings.tokenFrom, settings.url);
    const forge = openForge(settings, { token, clock, signal: this.#stopping.signal });
    this.#forge = { settings: key, forge };
    this.#handled.clear();
    return forge;
  }

  /** `undefined` when it is not time yet, or it failed. */
  async #attempt<T>(attempt: Attempt, work: () => Promise<T>): Promise<T | undefined> {
    const { clock, log, onChange } = this.#options;
    const { key, environment, target, what } = attempt;
    const before = this.#failures.get(key);
    if (before !== undefined && before.again > clock.now()) return undefined;
    try {
      const done = await work();
      if (this.#failures.delete(key)) onChange();
      return done;
    } catch (thrown) {
      if (this.#stopping.signal.aborted) return undefined;
      const error = asStkError(thrown);
      const times = (before?.times ?? 0) + 1;
      const pause = Math.min(longestPause, lookEvery * 2 ** Math.min(times - 1, 10));
      const next = describePending(what, error);
      const since = before?.condition.since ?? new Date(clock.now()).toISOString();
      this.#failures.set(key, { times, again: clock.now() + pause, condition: { ...next, since } });
      if (before?.condition.message === next.message) return undefined;
      log.warn({ environment, target, what, problem: error.message }, 'a proposal could not be made yet');
      onChange();
      return undefined;
    }
  }
}

function describePending(what: string, { code, message, hint }: StkError): Claim {
  const reason = reasons.get(code) ?? 'NotProposed';
  return claim('ProposalPending', 'True', reason, [`${what}: ${message}.`, hint].filter(Boolean).join(' '));
}
