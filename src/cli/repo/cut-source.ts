// The request of `stk release cut`, and the release's source: the ref that it records, its time, and warnings.
import { readApplicationRef, type ApplicationRef } from '../../git/clone/application-ref.ts';
import { StkError } from '../../kernel/errors.ts';
import type { CommandContext } from '../context.ts';

export interface CutOptions {
  readonly app: string;
  readonly ref?: string;
  readonly schemaFrom?: string;
  readonly state?: string;
  readonly tag?: boolean;
  readonly requireClean?: boolean;
  /** False with --no-commit. */
  readonly commit: boolean;
  readonly createdAt?: string;
  readonly author?: string;
  readonly dryRun?: boolean;
}

export interface CutSource extends Pick<ApplicationRef, 'repository'> {
  readonly ref: string;
  readonly createdAt: string;
  readonly warnings: readonly string[];
}

/** `createdAt`: --created-at, else SOURCE_DATE_EPOCH, else when the ref was committed, else now. */
export async function readCutSource(
  { services }: CommandContext,
  directory: string,
  options: CutOptions,
): Promise<CutSource> {
  const { variables } = services.environment;
  const git = await readApplicationRef({ directory, ref: options.ref, environment: variables }).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        throw new StkError('usage', `${directory} does not exist`, {
          hint: 'Name the folder that contains release.yaml with --app DIR.',
        });
      throw error;
    },
  );
  if (options.requireClean === true && (git.isDirty || git.head === undefined)) {
    const why = git.isDirty ? 'has uncommitted changes' : 'is in no git repository with a commit';
    throw new StkError('uncommitted-changes', `${options.app} ${why}: nothing was cut`, {
      hint: 'Commit them first, or leave out --require-clean.',
    });
  }
  const ref = options.ref ?? git.head;
  if (ref === undefined)
    throw new StkError('usage', `${directory} is in no git repository with a commit`, {
      hint: 'Give --ref REF: the git ref that the release was built from.',
    });
  const warnings = [
    ...(git.isDirty
      ? [`${options.app} has uncommitted changes: they are part of the release, not of ${ref}`]
      : []),
    ...(git.isElsewhere && git.head !== undefined
      ? [
          `${options.app} has ${git.head.slice(0, 10)} checked out, not ${ref}: the release is made of what is checked out`,
        ]
      : []),
  ];
  const createdAt =
    options.createdAt ??
    readEpoch(variables['SOURCE_DATE_EPOCH']) ??
    git.commit?.time ??
    formatTime(services.clock.now());
  return { ref, createdAt, repository: git.repository, warnings };
}

function readEpoch(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,11}$/.test(text))
    throw new StkError('usage', `SOURCE_DATE_EPOCH is ${JSON.stringify(text)}, not a number of seconds`, {
      hint: 'Unset it, or give --created-at.',
    });
  return formatTime(Number(text) * 1000);
}

/** Whole seconds. */
function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
