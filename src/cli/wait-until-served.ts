// Waits until the Hub has taken up a commit and serves what it names, or says why not. Asks again and again: the
// Hub's status is the truth, nothing is pushed to the command line.
import { StkError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';
import type { CommandContext } from './context.ts';
import type { ConditionAnswer, EnvironmentAnswer } from './hub-answers.ts';

/** Milliseconds between two questions: from the first to the last, growing by half. */
const pause = { first: 10, last: 500 } as const;
/** Milliseconds that a refusal must stand before it is believed: the Hub may just be looking. */
const refusalStandsMs = 300;
/** Milliseconds without a sign of the commit after which the Hub is told to look. */
const nudgeAfterMs = 1000;

export interface WaitRequest {
  readonly environment: string;
  readonly release: string;
  readonly revision: string;
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
  | { readonly kind: 'superseded'; readonly release: string; readonly by: string }
  | { readonly kind: 'late'; readonly message: string | undefined }
  | { readonly kind: 'interrupted' };

type Look = Served | { readonly kind: 'waiting'; readonly message: string | undefined };

export async function waitUntilServed(context: CommandContext, request: WaitRequest): Promise<Served> {
  const { clock, interrupted } = context.services;
  const startedAt = clock.now();
  let refusedAt: number | undefined;
  let nudged = false;
  let message: string | undefined;
  let pauseMs: number = pause.first;
  for (;;) {
    const waited = clock.now() - startedAt;
    if (interrupted.aborted) return { kind: 'interrupted' };
    if (waited > request.timeoutMs) return { kind: 'late', message };
    if (!nudged && (request.pushed || waited > nudgeAfterMs)) {
      nudged = true;
      message = await nudge(context);
    }
    const look = await lookOnce(context, request);
    if (look.kind === 'refused') {
      refusedAt ??= clock.now();
      if (clock.now() - refusedAt >= refusalStandsMs) return look;
    } else if (look.kind === 'waiting') {
      refusedAt = undefined;
      message = look.message ?? message;
    } else {
      return look;
    }
    await clock.sleep(pauseMs, interrupted);
    pauseMs = Math.min(pauseMs * 1.5, pause.last);
  }
}

/** Gives what hindered it, to be named should the wait end in vain: the Hub also looks by itself. */
async function nudge({ hub, project }: CommandContext): Promise<string | undefined> {
  try {
    await hub.sync(project);
    return undefined;
  } catch (error) {
    if (error instanceof StkError) return error.message;
    throw error;
  }
}

async function lookOnce(context: CommandContext, request: WaitRequest): Promise<Look> {
  const { hub, project } = context;
  try {
    const status = await hub.environment(project, request.environment);
    if (status.desired?.revision !== request.revision && !(await isObserved(context, request, status))) {
      return { kind: 'waiting', message: `the Hub has not seen the commit yet` };
    }
    return judge(status, request);
  } catch (error) {
    // The commit stands whatever happens to the Hub now; the time limit ends this.
    if (error instanceof StkError && error.code !== 'internal')
      return { kind: 'waiting', message: error.message };
    throw error;
  }
}

/** Whether the revision that the Hub observed contains the commit. */
async function isObserved(
  { hub, project, openRepo }: CommandContext,
  { environment, revision }: WaitRequest,
  { observedRevision }: EnvironmentAnswer,
): Promise<boolean> {
  if (observedRevision === null) return false;
  if (observedRevision === revision) return true;
  const repo = await openRepo();
  if (await repo.isAncestor(revision, observedRevision)) return true;
  // This clone may not have the newer commits of others: the Hub itself knows what is in its history.
  const changes = await hub.history(project, environment, 20);
  return changes.some((change) => change.revision === revision);
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
