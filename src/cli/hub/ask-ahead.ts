// Sends a promotion's or rollback's questions to the Hub before git is read: both take time, and run at once.
import type { CommandContext } from '../context.ts';
import type { CheckAnswer, ProjectAnswer } from './hub-answers.ts';
import type { CheckPurpose, HubClient } from './hub-client.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import { plainLine } from '../print/plain-text.ts';

export interface AskedAhead {
  readonly hub: HubClient;
  readonly projects: Promise<readonly ProjectAnswer[]>;
  readonly verdict: Promise<CheckAnswer> | undefined;
}

/** Asks the Hub, while git is read, for what does not depend on git's answer. A plan that is refused does not wait for it. */
export function askAhead(
  context: CommandContext,
  {
    environment,
    release,
    purpose,
  }: {
    readonly environment: string;
    readonly release: string | undefined;
    readonly purpose: CheckPurpose | undefined;
  },
): AskedAhead {
  const { project } = context;
  const hub = context.hub.of(environment);
  const verdict = release === undefined ? undefined : hub.check(project, environment, { release }, purpose);
  const projects = hub.projects();
  for (const answer of [projects, verdict]) answer?.catch(() => undefined);
  return { hub, projects, verdict };
}

/** A commit on another branch than the Hub's, or in another repository, would never be served. */
export async function followedRef(
  { project, output }: CommandContext,
  repo: LocalRepo,
  { tip, asked }: { readonly tip: string; readonly asked: AskedAhead },
): Promise<string | undefined> {
  const known = (await asked.projects).find((one) => one.project === project);
  const at = known?.observedRevision;
  if (at !== undefined && at !== tip && !(await repo.has(at))) {
    output.narrate(
      `note: the Hub at ${asked.hub.address.url} is at commit ${plainLine(at).slice(0, 10)}, which this clone does not have; does it follow this repository?`,
    );
  }
  return known?.ref;
}
