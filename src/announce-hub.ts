// What a started Hub tells the person who started it: where it answers, what each environment serves, and what to try.
import type { HubWorld } from './hub-world.ts';
import type { Reconciler } from './reconciler/reconciler.ts';

/** Says where the Hub answers as soon as it does, and what to try once something serves. */
export async function announceHub(
  reconciler: Reconciler,
  url: string,
  { stdout, stderr, isStopped }: HubWorld,
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
  stdout.write(`${project} is served on ${url}\n${lines.join('\n')}\n${suggestNext(reconciler, url)}`);
}

function suggestNext(reconciler: Reconciler, url: string): string {
  const environment = reconciler.environments().find((name) => reconciler.active.get(name) !== undefined);
  if (environment === undefined) return 'Next:\n  npx stk status\n';
  const { release } = reconciler.active.get(environment)?.compiled ?? {};
  const operation =
    [...(release?.operations.values() ?? [])].find((one) => one.kind === 'constant') ??
    [...(release?.operations.values() ?? [])][0];
  const role = [...(release?.permissions.keys() ?? [])][0] ?? 'ROLE';
  const { project } = reconciler.project();
  const body = JSON.stringify({ operation: operation?.name ?? 'OPERATION', input: {} });
  return [
    'Next:',
    '  npx stk status',
    `  curl -s ${url}/projects/${project}/environments/${environment}/call -H 'content-type: application/json' -H 'stk-role: ${role}' -d '${body}'`,
    '',
  ].join('\n');
}

export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((end) => signal.addEventListener('abort', end, { once: true }));
}
