// Waits until the Hub has taken up a commit and serves what it names, or says why not. Asks again and again: the
// Hub's status is the truth, nothing is pushed to the command line.
import { StkError } from '../../kernel/errors.ts';
import type { Finding } from '../../model/finding.ts';
import type { CommandContext } from '../context.ts';
import type { ConditionAnswer, EnvironmentAnswer } from './hub-answers.ts';
import type { CliServices } from '../services.ts';

/** Milliseconds between two questions: from the first to the last, growing by half. */
const pause = { first: 3, last: 500 } as const;
/** Milliseconds without a sign of the commit after which the Hub is told to look. */
const nudgeAfterMs = 1000;
/** Newest changes of the pointer in which a commit is looked for that this clone cannot place. */
const lookedAtChanges = 50;

export interface WaitContext extends Pick<CommandContext, 'hub' | 'project' | 'openRepo'> {
  readonly services: Pick<CliServices, 'clock' | 'interrupted'>;
}

export interface WaitRequest {
  readonly environment: string;
  readonly release: string;
  readonly revision: string;
  /** The commit that it was decided on, which does not contain it; `undefined` when it is not known. */
  readonly tip?: string;
  /** It went to a remote, where the Hub may have to be told to fetch. */
  readonly pushed: boolean;
  readonly timeoutMs: number;
}

export type Served =
  | { readonly kind: 'served' }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly message: string;
      readonly findings: readonly Finding[];
      readonly serving: string | undefined;
    }
  | {
      readonly kind: 'superseded';
      readonly release: string;
      readonly by: string;
      /** Why, as the newest commit of the pointer says. */
      readonly reason?: string | undefined;
    }
  | { readonly kind: 'late'; readonly message: string | undefined }
  | { readonly kind: 'interrupted' };

type Look = Served | { readonly kind: 'waiting'; readonly message: string | undefined };

/** What the Hub observed, and the commit of the pointer that its status shows. */
interface Observed {
  readonly revision: string;
  readonly desired: string | undefined;
}

/** Whether what the Hub observed contains the commit; `undefined` when it cannot be told now. */
type Contains = (observed: Observed) => Promise<boolean | undefined>;

/** Ends within `timeoutMs`, whatever the Hub does. */
export async function waitUntilServed(given: WaitContext, request: WaitRequest): Promise<Served> {
  const context = { ...given, hub: given.hub.of(request.environment) };
  const { clock, interrupted } = context.services;
  const startedAt = clock.now();
  const ended = new AbortController();
  const deadline = clock.sleep(request.timeoutMs, ended.signal);
  const contains = rememberLast((observed) => findCommit(context, request, observed));
  let nudging: Promise<void> | undefined;
  let message: string | undefined;
  let pauseMs: number = pause.first;
  try {
    for (;;) {
      const waited = clock.now() - startedAt;
      if (interrupted.aborted) return { kind: 'interrupted' };
      if (waited > request.timeoutMs) return { kind: 'late', message };
      if (request.pushed || waited > nudgeAfterMs) {
        nudging ??= nudge(context).then((hindered) => void (message ??= hindered));
      }
      const look = await Promise.race([lookOnce(context, request, contains), deadline]);
      if (look === undefined)
        return { kind: 'late', message: message ?? `the Hub at ${context.hub.address.url} does not answer` };
      if (look.kind !== 'waiting') return look;
      message = look.message ?? message;
      await Promise.race([clock.sleep(pauseMs, interrupted), deadline]);
      pauseMs = Math.min(pauseMs * 1.5, pause.last);
    }
  } finally {
    ended.abort();
    // What is still being asked ends with its connection.
    await context.hub.close();
    await nudging;
  }
}

/** Gives what hindered it, to be named should the wait end in vain: the Hub also looks by itself. */
async function nudge({ hub, project }: WaitContext): Promise<string | undefined> {
  try {
    await hub.sync(project);
    return undefined;
  } catch (error) {
    if (error instanceof StkError) return error.message;
    throw error;
  }
}

async function lookOnce(context: WaitContext, request: WaitRequest, contains: Contains): Promise<Look> {
  const { hub, project } = context;
  try {
    const status = await hub.environment(project, request.environment);
    // The Hub names a revision as observed only once the environment's reconcile of it has ended: until then its
    // conditions speak of what was before.
    const { observedRevision: revision, desired } = status;
    const isConcluded =
      revision !== null && (await contains({ revision, desired: desired?.revision })) === true;
    return isConcluded
      ? judge(status, request)
      : {
          kind: 'waiting',
          message: `the Hub at ${hub.address.url} has not taken up the commit yet${explainDelay(status)}`,
        };
  } catch (error) {
    // The commit stands whatever happens to the Hub now; the time limit ends this.
    if (error instanceof StkError && error.code !== 'internal')
      return { kind: 'waiting', message: error.message };
    throw error;
  }
}

/** What hinders the Hub from following git, if it says so. */
function explainDelay({ conditions }: EnvironmentAnswer): string {
  const against = conditions.find(({ type, status }) => type === 'RepositoryReachable' && status === 'False');
  return against === undefined ? '' : ` (${against.message})`;
}

/** What was found out about an observed revision is not asked again. */
function rememberLast(find: Contains): Contains {
  let last: { readonly observed: Observed; readonly found: boolean } | undefined;
  return async (observed) => {
    const isKnown =
      last?.observed.revision === observed.revision && last.observed.desired === observed.desired;
    if (last !== undefined && isKnown) return last.found;
    const found = await find(observed);
    if (found !== undefined) last = { observed, found };
    return found;
  };
}

async function findCommit(
  { hub, project, openRepo }: WaitContext,
  { environment, revision, tip }: WaitRequest,
  observed: Observed,
): Promise<boolean | undefined> {
  if (observed.revision === revision) return true;
  if (observed.revision === tip) return false;
  const repo = await openRepo();
  const isAncestor = await repo.isAncestor(revision, observed.revision);
  if (isAncestor !== undefined) return isAncestor;
  // This clone does not have the newer commits of others: the Hub itself knows what is in its history. That history may
  // be ahead of the status: then the commit must not be newer there than the one that the status shows.
  const history = await hub.history(project, environment, lookedAtChanges);
  const isSame = history.revision === observed.revision;
  const shown = isSame ? 0 : history.changes.findIndex((change) => change.revision === observed.desired);
  if (shown < 0) return undefined;
  return history.changes.slice(shown).some((change) => change.revision === revision);
}

function judge(status: EnvironmentAnswer, { release }: WaitRequest): Look {
  const { desired, serving, conditions, findings } = status;
  if (desired !== null && desired.release !== release) {
    return { kind: 'superseded', release: desired.release, by: desired.by };
  }
  if (serving?.release === release) return { kind: 'served' };
  const against = conditions.find(isRefusal);
  if (against !== undefined) {
    const { reason, message } = against;
    return { kind: 'refused', reason, message, findings, serving: serving?.release };
  }
  return { kind: 'waiting', message: conditions.find(({ type }) => type === 'Ready')?.message };
}

/** Conditions that only a change of git or of the database mends. */
function isRefusal(condition: ConditionAnswer): boolean {
  return (
    condition.status === 'False' && ['PointerValid', 'ReleaseValid', 'Compatible'].includes(condition.type)
  );
}
