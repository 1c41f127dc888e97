// `stk release list`: every release, newest first; marks the one that the environment's pointer names.
import { StkError } from '../../../kernel/errors.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import type { ReleaseAnswer } from '../../hub/hub-answers.ts';
import { plainLine } from '../../print/plain-text.ts';
import { formatTable } from '../../print/table.ts';
import { mostReleases } from '../../command-limits.ts';
import { releaseOf } from './release-promote.ts';

export interface ListOptions {
  readonly env?: string;
  readonly limit: number;
}

export async function listReleases(context: CommandContext, options: ListOptions): Promise<number> {
  const { output, project, identity } = context;
  if (options.env !== undefined) requireEnvironment(identity, options.env);
  const releases = await loadReleases(context, options);
  const of = options.env === undefined ? '' : ` for ${options.env}`;
  const rows = releases.map((release) => [
    release.current ? '*' : '',
    release.release,
    // By default a cut records a full commit id; --json shows all of it.
    release.ref === null ? '' : release.ref.replace(/^([0-9a-f]{10})[0-9a-f]{30}$/, '$1'),
    release.createdAt,
    release.by.replace(/ <[^>]*>$/, ''),
    shorten(release.notes ?? ''),
  ]);
  const table = formatTable(['', 'RELEASE', 'REF', 'CREATED', 'BY', 'NOTES'], rows);
  output.result({ releases }, releases.length === 0 ? `${project} has no release yet` : table);
  if (releases.some((release) => release.current)) {
    if (!output.json) output.narrate(`* current${of}`);
  } else if (options.env !== undefined && releases.length > 0) {
    await narrateCurrent(context, options.env);
  }
  return 0;
}

/** --limit shortens the list, and the current release may be below. */
async function narrateCurrent(
  { hub, project, output, services, root }: CommandContext,
  environment: string,
): Promise<void> {
  try {
    const { desired } = await hub.environment(project, environment);
    const current =
      desired === null
        ? 'names no release yet'
        : `is at ${plainLine(desired.release)}, which is further down in the list`;
    output.narrate(`${environment} ${current}; --limit ${mostReleases} shows every release`);
  } catch (error) {
    if (!(error instanceof StkError) || services.interrupted.aborted) throw error;
    output.narrate(`${environment}'s current release is not among these; see ${root}/environments`);
  }
}

async function loadReleases(
  context: CommandContext,
  { env, limit }: ListOptions,
): Promise<readonly ReleaseAnswer[]> {
  try {
    const query = { limit, ...(env === undefined ? {} : { environment: env }) };
    return (await context.hub.releases(context.project, query)).slice(0, limit);
  } catch (error) {
    if (!(error instanceof StkError) || error.code !== 'hub-unavailable') throw error;
    context.output.narrate(
      `note: ${plainLine(error.message)}; this list comes from the clone in ${context.root}`,
    );
    return listFromGit(context, { env, limit });
  }
}

/** From git alone: the newest commit first, whatever `createdAt` the files claim. */
async function listFromGit(
  context: CommandContext,
  { env, limit }: { env: string | undefined; limit: number },
): Promise<readonly ReleaseAnswer[]> {
  const repo = await context.openRepo();
  const revision = await repo.resolve('HEAD');
  const current = env === undefined ? undefined : await releaseOf(repo, revision, env);
  const commits = await repo.releaseCommits(revision);
  const newest = [...commits].sort(([a, x], [b, y]) => y.at.localeCompare(x.at) || b.localeCompare(a));
  const { readReleaseSummary } = await import('../../../documents/release/read-release-summary.ts');
  return Promise.all(
    newest.slice(0, limit).map(async ([release, commit]) => ({
      release,
      ...readReleaseSummary((await repo.file(revision, `releases/${release}.yaml`)) ?? ''),
      revision: commit.revision,
      by: commit.by,
      at: commit.at,
      current: release === current,
    })),
  );
}

function shorten(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
