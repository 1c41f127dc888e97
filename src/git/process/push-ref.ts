// Pushes one commit to one ref and reads the outcome from git's own status line, never from the output of hooks.
import { StkError } from '../../kernel/errors.ts';
import { redactUrls } from '../git-location.ts';
import { porcelainFailure, tryPorcelain, type PorcelainOptions } from './porcelain.ts';

export interface Push {
  /** Name or URL. */
  readonly remote: string;
  readonly revision: string;
  /** Full name of the ref at the remote. */
  readonly ref: string;
  readonly options?: readonly string[];
}

export type PushOutcome =
  | { readonly kind: 'pushed' }
  /** Somebody else moved the ref, or holds its lock. `error`: what to report if nobody moved it. */
  | { readonly kind: 'raced'; readonly error: StkError };

/** Throws `push-refused` (a hook, a protected branch, a permanent lock), `git-unavailable`, `git-failed` (a local hook). */
export async function pushRef(porcelain: PorcelainOptions, push: Push): Promise<PushOutcome> {
  const { remote, revision, ref, options = [] } = push;
  const args = ['push', '--porcelain', ...options, '--', remote, `${revision}:${ref}`];
  const output = await tryPorcelain(porcelain, args);
  if (output.exitCode === 0) return { kind: 'pushed' };
  const status = /^!\t[^\t]*\t(\[(?:remote )?rejected\] \(.*\)|\[.*\].*)$/m.exec(
    output.stdout.toString('utf8'),
  )?.[1];
  if (status === undefined) throw porcelainFailure(porcelain.directory, args, output);
  const said = redactUrls(`${status}\n${output.stderr.trim()}`);
  const error = new StkError('push-refused', `The remote refused the push: ${said}`, {
    hint: /lock/i.test(status)
      ? `Another process holds a lock at the remote, or left one behind. If no process runs there, delete the lock that the message names.`
      : 'Get write access, or open a pull request with the pointer change. To only try stk in this clone: git branch --unset-upstream',
    details: { command: 'push', exitCode: output.exitCode },
  });
  if (isRace(status)) return { kind: 'raced', error };
  throw error;
}

/** Whether git's own message means that somebody moved, or is moving, the ref. Not for text that may come from hooks. */
export function isPushRace(said: string): boolean {
  return /\[rejected\]|non-fast-forward|fetch first|stale info|cannot lock ref|failed to update ref|incorrect old value|reference already exists|failed to lock/i.test(
    said,
  );
}

function isRace(status: string): boolean {
  return (
    status.startsWith('[rejected]') ||
    /cannot lock ref|failed to (update ref|lock)|incorrect old value|reference already exists/i.test(status)
  );
}
