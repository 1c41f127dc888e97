// What a started Hub prints for the person who started it: where it answers, what each environment serves, and what to
// try.
import { relative, resolve } from 'node:path';
import { defaultHub } from '../cli/hub/hub-address.ts';
import { parseGitLocation } from '../git/git-location.ts';
import type { HubWorld } from './hub-world.ts';
import type { Reconciler } from '../reconciler/reconciler.ts';
import type { CompiledRelease } from '../serving/compile/compiled-release.ts';

export interface AnnouncedHub {
  readonly reconciler: Reconciler;
  readonly url: string;
  /** Path or URL of the config repo. */
  readonly repo: string;
}

/** Prints where the Hub answers as soon as it does, and what to try once something is served. */
export async function announceHub(
  { reconciler, url, repo }: AnnouncedHub,
  { stdout, stderr, isStopped, command }: HubWorld,
): Promise<void> {
  stderr.write(`Listening on ${url}; activating releases …\n`);
  await Promise.race([reconciler.settled(), untilAborted(isStopped)]);
  if (isStopped.aborted) return;
  const { project } = reconciler.project();
  const lines = reconciler.environments().map((environment) => {
    const status = reconciler.status(environment);
    const serving = status?.serving?.release ?? 'nothing';
    const desired = status?.desired?.release;
    return `  ${environment}: ${serving}${desired === undefined || desired === serving ? '' : ` (desired: ${desired})`}`;
  });
  stdout.write(
    `${project} is served on ${url}\n${lines.join('\n')}\nDashboard: ${url}/\n${suggestNext({ reconciler, url, repo }, command)}`,
  );
}

function suggestNext({ reconciler, url, repo }: AnnouncedHub, command: string): string {
  // The command line finds this repo and this Hub without options only here, and at the address of stk.yaml or the
  // default.
  const known = reconciler.project().hub ?? defaultHub;
  // The command line works in a clone; for a URL, the user has to know which one.
  const isElsewhere =
    parseGitLocation(repo).kind === 'path' && relative(resolve(repo), resolve('.')).startsWith('..');
  const status = `${command} status${isElsewhere ? ` --repo ${repo}` : ''}${known === url ? '' : ` --hub ${url}`}`;
  const environment = reconciler.environments().find((name) => reconciler.table.stable(name) !== undefined);
  const active = environment === undefined ? undefined : reconciler.table.stable(environment);
  const call = active === undefined ? undefined : findCall(active.compiled);
  if (environment === undefined || call === undefined) return `Next:\n  ${status}\n`;
  const { project, auth } = reconciler.project();
  const body = JSON.stringify({ operation: call.operation, input: {} });
  const who = auth === undefined ? `'stk-role: ${call.role}'` : '"authorization: Bearer $TOKEN"';
  return [
    'Next:',
    `  ${status}`,
    `  curl -s ${url}/projects/${project}/environments/${environment}/call -H 'content-type: application/json' -H ${who} -d '${body}'`,
    '',
  ].join('\n');
}

/** A call that a role may make; of a constant if there is one, because it needs no input. */
function findCall({ release, isAllowed }: CompiledRelease): { role: string; operation: string } | undefined {
  const operations = [...release.operations.values()];
  const constantsFirst = operations.toSorted(
    (a, b) => Number(b.kind === 'constant') - Number(a.kind === 'constant'),
  );
  for (const { name: operation } of constantsFirst) {
    const role = [...release.permissions.keys()].find((one) => isAllowed([one], operation));
    if (role !== undefined) return { role, operation };
  }
  return undefined;
}

export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((end) => signal.addEventListener('abort', end, { once: true }));
}
