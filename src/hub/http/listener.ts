// Where a Hub listens and what that means for safety: without `auth`, only this machine may send requests, unless the
// operator sets `--open`.
import { isIP } from 'node:net';
import { StkError } from '../../kernel/errors.ts';
import type { AuthSettings, Project } from '../../model/project.ts';

export interface ListenerSettings {
  /** Address or name to bind, e.g. 127.0.0.1, ::1, 0.0.0.0, localhost. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** `--open`: serve without authentication beyond the loopback. */
  readonly open: boolean;
  /** `--auth-file`: authentication that no commit can change; `undefined` for the project's. */
  readonly pinnedAuth: AuthSettings | undefined;
  /** From the same file; `undefined` for the project's. */
  readonly pinnedWebhook?: Project['webhook'];
  /** `--allow-private-jwks`: a key set may be at a loopback, link-local or private address. */
  readonly allowPrivateJwks?: boolean;
  /** Further names that requests may use as Host in open mode, without a port. */
  readonly hostNames?: readonly string[];
}

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/** Whether following this stk.yaml would give anybody on the network access: the reconciler refuses it (`insecure-project`). */
export function wouldBeOpen(project: Pick<Project, 'auth'>, listener: ListenerSettings): boolean {
  return (
    project.auth === undefined &&
    listener.pinnedAuth === undefined &&
    !listener.open &&
    !isLoopback(listener.host)
  );
}

/**
 * Whether stk.yaml now changes who may call: beyond loopback, no commit decides that while the Hub runs. `started`: the
 * initial settings.
 */
export function refuseChangedAuth(
  project: Pick<Project, 'auth'>,
  listener: ListenerSettings,
  started: AuthSettings | undefined,
): StkError | undefined {
  const isFree = listener.pinnedAuth !== undefined || isLoopback(listener.host) || started === undefined;
  if (isFree || JSON.stringify(project.auth) === JSON.stringify(started)) return undefined;
  return new StkError(
    'insecure-project',
    'auth in stk.yaml was changed, and this Hub listens beyond loopback: the change takes effect after a restart of the Hub.',
    { hint: 'Restart the Hub to apply the change, or give --auth-file.' },
  );
}

/** `undefined` when it is safe. Otherwise why a Hub of this project must not listen there. */
export function refuseListener(
  project: Pick<Project, 'auth' | 'project'>,
  listener: ListenerSettings,
): StkError | undefined {
  if (!wouldBeOpen(project, listener)) return undefined;
  return new StkError(
    'insecure-listener',
    `${project.project} has no auth in stk.yaml, so everybody who can reach ${listener.host} could call it`,
    { hint: 'Add auth: to stk.yaml, give --auth-file, listen on 127.0.0.1, or give --open.' },
  );
}
