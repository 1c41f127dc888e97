// The release that an environment serves, from its Hub; when no Hub answers, the release that the pointer names.
import { StkError } from '../../kernel/errors.ts';
import { releaseOf } from '../commands/release/release-promote.ts';
import type { CommandContext } from '../context.ts';
import type { LocalRepo } from '../repo/local-repo.ts';

/** Throws `unknown-release` when neither is known. */
export async function servedOrNamed(
  { hub, project, output }: CommandContext,
  {
    repo,
    tip,
    environment,
  }: { readonly repo: LocalRepo; readonly tip: string; readonly environment: string },
): Promise<string> {
  const named = await releaseOf(repo, tip, environment);
  const served = await hub.environment(project, environment).then(
    ({ serving }) => serving?.release,
    (error: unknown) => {
      if (!(error instanceof StkError)) throw error;
      output.narrate(
        `the Hub did not report what ${environment} serves (${error.message}); the release of its pointer is used`,
      );
      return undefined;
    },
  );
  const release = served ?? named;
  if (release !== undefined) return release;
  throw new StkError('unknown-release', `${environment} serves nothing, and its pointer names no release`, {
    hint: `stk status --env ${environment}`,
  });
}
