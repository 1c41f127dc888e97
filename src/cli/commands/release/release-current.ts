// `stk release current`: the release that an environment should serve, and the one that it serves.
import { StkError } from '../../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import type { ReleaseSummaryAnswer } from '../../hub/hub-answers.ts';

export async function showCurrentRelease(
  context: CommandContext,
  options: { readonly env: string },
): Promise<number> {
  const { hub, project, output } = context;
  const { env: environment } = options;
  requireEnvironment(context.identity, environment);
  const status = await hub.environment(project, environment);
  const { desired, serving } = status;
  if (desired === null) {
    throw new StkError('unknown-release', `${environment} names no release yet`, {
      hint: `Give it one: stk release promote --to ${environment} --release-id ID`,
      details: { environment, serving: serving?.release ?? null },
    });
  }
  const release = await findRelease(context, desired.release);
  const result = {
    project,
    environment,
    release: desired.release,
    ref: release?.ref ?? null,
    createdAt: release?.createdAt ?? null,
    revision: desired.revision,
    by: desired.by,
    at: desired.at,
    serving: serving?.release ?? null,
  };
  const inSync = result.serving === result.release;
  const against = status.conditions.find(({ type, status: value }) => type === 'Ready' && value !== 'True');
  const rows: readonly (readonly [string, string])[] = [
    ['release', result.release],
    ['serving', result.serving ?? 'nothing'],
    ['ref', result.ref ?? 'unknown'],
    ['created', result.createdAt ?? 'unknown'],
    ['moved', `${result.at} by ${result.by}`],
    ['revision', result.revision],
    ...(release?.notes ? [['notes', release.notes] as const] : []),
    ...(inSync || against === undefined
      ? []
      : [['reason', `${against.reason}: ${against.message}`] as const]),
  ];
  const lines = rows.map(
    ([name, value]) =>
      `${name.padEnd(9)} ${output.onStdout(inSync || name !== 'serving' ? 'bold' : 'yellow', value.replaceAll('\n', ' '))}`,
  );
  output.result(result, [`${environment} of ${project}`, ...lines].join('\n'));
  return 0;
}

/** `undefined` for one that is missing or malformed: the pointer's release is shown anyway. */
async function findRelease(
  { hub, project }: CommandContext,
  release: string,
): Promise<ReleaseSummaryAnswer | undefined> {
  try {
    return await hub.release(project, release);
  } catch (error) {
    const isUnreadable =
      error instanceof StkError && ['unknown-release', 'release-invalid'].includes(error.code);
    if (isUnreadable) return undefined;
    throw error;
  }
}
