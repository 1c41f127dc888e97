// `stk release lkg`: the last release that is known to be good in an environment.
import { type CommandContext, requireEnvironment } from '../../context.ts';
import { plainLine } from '../../print/plain-text.ts';

/** Exit code 4: none exists. */
export async function showLastKnownGood(
  context: CommandContext,
  { env }: { readonly env: string },
): Promise<number> {
  const { hub, project, output } = context;
  requireEnvironment(context.identity, env);
  const answer = await hub.rollbackTarget(project, env, 'last-known-good');
  const { release, since, fits, skipped } = answer;
  const verdict =
    fits === null ? 'the database cannot be checked now' : fits ? 'it fits now' : 'it does not fit now';
  const found =
    release === null
      ? `no other release that ${env} served is known to be good`
      : `${release}, served from ${since ?? ''}: ${verdict}`;
  output.result(
    answer,
    [found, ...skipped.map((one) => `- ${one.release}: ${one.why}`)].map(plainLine).join('\n'),
  );
  if (release === null) return 4;
  output.narrate(`roll back: stk release rollback --env ${env} --to last-known-good --reason "…"`);
  return 0;
}
