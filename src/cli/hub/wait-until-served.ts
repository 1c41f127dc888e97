// Waits until the Hub has read a commit and serves what it names, or reports why not. Polls the Hub's status.
import { StkError } from '../../kernel/errors.ts';
import type { Finding } from '../../model/finding.ts';
import type { CommandContext } from '../context.ts';
import type { ConditionAnswer, EnvironmentAnswer } from './hub-answers.ts';
import type { CliServices } from '../services.ts';

/** Milliseconds between two requests, growing by half each time. */
const pause = { first: 3, last: 500 } as const;
/** Milliseconds without news of the commit until the Hub is asked to check git. */
const nudgeAfterMs = 1000;
/** How many changes of the pointer are searched for a commit that this clone cannot place. */
const lookedAtChanges = 50;

export interface WaitContext extends Pick<CommandContext, 'hub' | 'project' | 'openRepo'> {
  readonly services: Pick<CliServices, 'clock' | 'interrupted'>;
}

export interface WaitRequest {
  readonly environment: string;
  readonly release: string;
  readonly revision: string;
  /** The commit that it was decided on, which does not contain it; `undefined` when unknown. */
  readonly tip?: string;
  /** It went to a remote, so the Hub may have to fetch. */
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
      /** The reason in the newest commit of the pointer. */
      readonly reason?: string | undefined;
    }
  | { readonly kind: 'late'; readonly message: string | undefined }
  | { readonly kind: 'interrupted' };

type Look = Served | { readonly kind: 'waiting'; readonly message: string | undefined };

/** The revision that the Hub observed, and the commit of the pointer in its status. */
interface Observed {
  readonly revision: string;
  readonly desired: string | undefined;
}

/** Whether the Hub's observed revision contains the commit; `undefined` when unknown now. */
type Contains = (observed: Observed) => Promise<boolean | undefined>;

/** Ends within `timeoutMs` in any case. */
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
    // Closing the connection ends pending requests.
    await context.hub.close();
    await nudging;
  }
}

/** Returns the problem of the request, for a wait that ends in vain: the Hub also checks git by itself. */
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
    // The Hub reports a revision as observed only after the environment's reconcile of it has ended. Until then its
    // conditions are about the previous one.
    const { observedRevision: revision, desired } = status;
    const isConcluded =
      revision !== null && (await contains({ revision, desired: desired?.revision })) === true;
    return isConcluded
      ? judge(status, request)
      : {
          kind: 'waiting',
          message: `the Hub at ${hub.address.url} has not read the commit yet${explainDelay(status)}`,
        };
  } catch (error) {
    // The commit is valid whatever happens to the Hub now; the time limit ends this loop.
    if (error instanceof StkError && error.code !== 'internal')
      return { kind: 'waiting', message: error.message };
    throw error;
  }
}

/** What stops the Hub from following git, if it reports it. */
function explainDelay({ conditions }: EnvironmentAnswer): string {
  const against = conditions.find(({ type, status }) => type === 'RepositoryReachable' && status === 'False');
  return against === undefined ? '' : ` (${against.message})`;
}

/** The answer about an observed revision is remembered. */
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
  // This clone lacks newer commits of others, but the Hub knows its own history. That history may be ahead of the
  // status: then the commit must not be newer in it than the commit in the status.
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

/** Conditions that only a change of git or of the database fixes. */
function isRefusal(condition: ConditionAnswer): boolean {
  return (
    condition.status === 'False' && ['PointerValid', 'ReleaseValid', 'Compatible'].includes(condition.type)
  );
}
