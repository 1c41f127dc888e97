// Asks the Hub whether a release fits an environment, before anything is written. When the Hub does not know the
// release yet, it makes the Hub check git again.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from '../../git/refs/read-ref.ts';
import { StkError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import { findNearest } from '../../kernel/nearest-name.ts';
import type { CommandContext } from '../context.ts';
import { adviseHub } from './hub-address.ts';
import type { CheckAnswer } from './hub-answers.ts';
import type { CheckPurpose } from './hub-client.ts';
import type { LocalRepo } from '../repo/local-repo.ts';

export interface VerdictQuestion {
  readonly environment: string;
  readonly release: string;
  /** `undefined` when nothing is to be written. */
  readonly purpose: CheckPurpose | undefined;
  /** The commit that the plan is based on. */
  readonly tip: string;
  /** The same question, asked before the plan was made. */
  readonly asked: Promise<CheckAnswer> | undefined;
}

/** Returns when no finding blocks. Otherwise throws the Hub's reason: `incompatible`, `release-invalid`, `indeterminate`, … */
export async function askVerdict(
  context: CommandContext,
  repo: Pick<LocalRepo, 'file' | 'documents'>,
  request: VerdictQuestion,
): Promise<CheckAnswer> {
  const { project } = context;
  const { environment, release, purpose, tip, asked } = request;
  const hub = context.hub.of(environment);
  const check = (): Promise<CheckAnswer> => hub.check(project, environment, { release }, purpose);
  try {
    try {
      return await (asked ?? check());
    } catch (error) {
      const isNews =
        error instanceof StkError && ['unknown-release', 'unknown-environment'].includes(error.code);
      if (!isNews) throw error;
      await hub.sync(project);
      return await check();
    }
  } catch (error) {
    if (!(error instanceof StkError)) throw error;
    const isInGit =
      error.code === 'unknown-release' && (await repo.file(tip, `releases/${release}.yaml`)) !== undefined;
    const isEmbedded = context.identity.embedded.has(environment);
    const isUnknown = error.code === 'unknown-release' && !isInGit;
    const known = isUnknown ? [...(await repo.documents(tip, 'releases')).keys()] : [];
    // v1.2 and v1.2.0 differ much in letters, but look alike to people.
    const plain = release.replace(/\.ya?ml$/i, '');
    const nearest = known.includes(plain)
      ? plain
      : (findNearest(release, known) ?? known.find((id) => id.startsWith(`${release}.`)));
    const isUncommitted = isUnknown && isId(release) && (await isInWorkTree(context.root, release));
    throw explain(error, request, { isInGit, isUncommitted, isEmbedded, nearest, at: hub.address.url });
  }
}

async function isInWorkTree(root: string, release: string): Promise<boolean> {
  return (await unlessAbsent(stat(join(root, `releases/${release}.yaml`)))) !== undefined;
}

/** What this clone knows about the release and the environment. */
interface KnownHere {
  readonly isInGit: boolean;
  /** Its file is in the work tree, but in no relevant commit. */
  readonly isUncommitted: boolean;
  readonly isEmbedded: boolean;
  /** Address of the Hub that answered. */
  readonly at: string;
  /** A release whose id is similar to the unknown one. */
  readonly nearest: string | undefined;
}

function explain(
  error: StkError,
  { environment, release }: Pick<VerdictQuestion, 'environment' | 'release'>,
  { isInGit, isUncommitted, isEmbedded, nearest, at }: KnownHere,
): StkError {
  const change = changed(error, { environment, release });
  switch (error.code) {
    case 'hub-unavailable':
      return change(
        `${error.message}; nothing was written`,
        `${error.hint ?? ''} In an emergency, --no-check commits without a check; the Hub still checks before it serves.`.trim(),
      );
    case 'incompatible':
      return change(
        `${release} does not fit ${environment}'s database; nothing was written`,
        isEmbedded
          ? `Apply the migration: stk db apply FILE.sql --env ${environment}; then run this again.`
          : `Migrate ${environment}'s database with your own tool, or choose a release that fits; then run this again.`,
      );
    case 'indeterminate':
    case 'database-unavailable':
      return change(
        `${error.message.replace(/\.$/, '')}; nothing was written`,
        'The check cannot decide now whether the release fits: try again.',
      );
    case 'unknown-release':
      if (isUncommitted)
        return change(
          `releases/${release}.yaml is in the work tree, but not in the commit that was checked; nothing was written`,
          `Commit it (and push it, where the Hub follows a remote): git add releases/${release}.yaml && git commit`,
        );
      return isInGit
        ? change(
            `this clone has ${release}, but the Hub does not know it; nothing was written`,
            'Check that the Hub follows this repository and branch (stk status), and that the release is pushed.',
          )
        : change(
            error.message,
            `${nearest === undefined ? '' : `Did you mean ${nearest}? `}stk release list shows every release.`,
          );
    case 'unknown-project':
    case 'unknown-environment':
      return change(
        `the Hub at ${at} does not serve it: ${error.message}; nothing was written`,
        adviseHub(environment),
      );
    default:
      return change(`${error.message.replace(/\.$/, '')}; nothing was written`, error.hint);
  }
}

function changed(
  error: StkError,
  facts: Readonly<Record<string, string>>,
): (message: string, hint: string | undefined) => StkError {
  return (message, hint) =>
    new StkError(error.code, message, {
      ...(hint === undefined ? {} : { hint }),
      details: { ...facts, ...error.details },
      cause: error,
    });
}
