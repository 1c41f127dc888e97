// Commits the one file of a freeze or a veto, or its removal, and notifies the Hub.
import { StkError } from '../../kernel/errors.ts';
import type { StopPlan } from '../../promotion/stop-files.ts';
import type { CommandContext } from '../context.ts';
import { plainLine } from '../print/plain-text.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import { askHubToLook } from './ask-hub-to-look.ts';
import { warnUnsigned } from './warn-unsigned.ts';

export interface CommitOptions {
  readonly author?: string;
  readonly dryRun?: boolean;
}

/** A file as the command found it. */
export interface FoundFile {
  /** `undefined` when it does not exist. */
  readonly blob: string | undefined;
  readonly text: string | undefined;
}

export interface StopCommit {
  readonly plan: StopPlan;
  readonly found: FoundFile;
  /** Further members of the result. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What was done, and what exists already, for people. */
  readonly told: string;
  readonly already: string;
}

const maxBytes = 1024 * 1024;

/** Throws git's errors, `too-large` too. */
export async function findFile(repo: LocalRepo, revision: string, path: string): Promise<FoundFile> {
  const entry = await repo.reader.entryAt(revision, path);
  if (entry === undefined) return { blob: undefined, text: undefined };
  const isText = entry.mode.startsWith('100');
  // Anything else there counts as an unreadable file; it may be removed.
  return { blob: entry.id, text: isText ? await repo.reader.text(entry.id, maxBytes).catch(() => '') : '' };
}

export async function commitStop(
  context: CommandContext,
  repo: LocalRepo,
  { stop, options }: { readonly stop: StopCommit; readonly options: CommitOptions },
): Promise<number> {
  const { output, project } = context;
  const { plan, found, facts, told, already } = stop;
  const base = { project, ...facts };
  const nothing = { dryRun: options.dryRun === true, committed: false, pushed: false, revision: null };
  if (plan.kind === 'refused') throw plan.error;
  if (plan.kind === 'already') {
    output.result({ ...base, already: true, ...nothing }, `${already}; nothing to commit`);
    return 0;
  }
  const { path, content, message } = plan.change;
  const [, environment] = /^environments\/(.+)\.yaml$/.exec(path) ?? [];
  // Adding a freeze or a veto needs no signature.
  if (content === null || environment !== undefined)
    await warnUnsigned(context, repo, { tip: await repo.tip(), environment });
  if (options.dryRun === true) {
    const what = content === null ? `Would remove ${path}` : `Would write ${path}:\n\n${content}`;
    output.result({ ...base, already: false, ...nothing, path, content, message }, `${what}\n\n${message}`);
    return 0;
  }
  const followed = await followedRef(context);
  const change = { path, content, message, author: options.author, expected: found.blob, hubRef: followed };
  const outcome = await repo.commitFile(change);
  if (outcome.kind === 'lost')
    throw new StkError(
      'conflict',
      `${plainLine(outcome.by)} changed ${path} in the meantime (${outcome.revision.slice(0, 10)}); nothing was committed`,
      { hint: 'See what they changed. Run this again if you still need it.' },
    );
  const { revision, pushed } = outcome;
  output.narrate(
    `committed ${revision.slice(0, 10)}${pushed ? ' and pushed it' : ''}: ${message.split('\n')[0] ?? ''}`,
  );
  for (const note of outcome.notes) output.narrate(`note: ${plainLine(note)}`);
  await askHubToLook(context);
  output.result({ ...base, already: false, dryRun: false, committed: true, pushed, revision }, told);
  return 0;
}

/** The ref that the Hub follows; `undefined` when the Hub is unreachable, because a stop must not wait for it. */
async function followedRef({ hub, project }: CommandContext): Promise<string | undefined> {
  return hub.projects().then(
    (projects) => projects.find((one) => one.project === project)?.ref,
    () => undefined,
  );
}
