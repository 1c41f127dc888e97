// `stk canary pause`, `resume` and `abort`: sends the request to the Hub and shows the canary's new state.
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { requireReason } from '../../govern/require-reason.ts';
import { formatCanary } from '../../print/canary-report.ts';

export interface CanaryAskOptions {
  readonly env: string;
  readonly reason: string;
  readonly dryRun?: boolean;
}

export type CanaryWish = 'pause' | 'resume' | 'abort';

export async function askOfCanary(
  context: CommandContext,
  what: CanaryWish,
  options: CanaryAskOptions,
): Promise<number> {
  const { hub, project, output, identity } = context;
  const { env } = options;
  requireEnvironment(identity, env);
  const reason = requireReason(options.reason);
  const client = hub.of(env);
  const answer =
    options.dryRun === true
      ? await client.canary(project, env)
      : await client.askCanary(project, env, { what, reason });
  const would = options.dryRun === true ? `Would ${what} this canary. Its state now:\n` : '';
  output.result(
    options.dryRun === true ? { ...answer, dryRun: true } : answer,
    `${would}${formatCanary(answer)}`,
  );
  return 0;
}
