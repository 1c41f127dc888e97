// `stk release cut`: makes releases/<id>.yaml out of an application and commits that one file. An id is cut once: other
// bytes under it are refused.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readApplicationRef, type ApplicationRef } from '../../git/application-ref.ts';
import { StkError } from '../../model/errors.ts';
import { isId } from '../../model/ids.ts';
import { isDateTime } from '../../model/times.ts';
import { formatCutMessage } from '../../promotion/commit-message.ts';
import { requireEnvironment, type CommandContext } from '../context.ts';
import { formatFindings } from '../findings-report.ts';
import type { LocalRepo } from '../local-repo.ts';
import { plainLine } from '../plain-text.ts';
import type { CutAnswer } from '../services.ts';
import { findStateDirectory } from '../find-embedded.ts';

export interface CutOptions {
  readonly app: string;
  readonly ref?: string;
  readonly schemaFrom?: string;
  readonly state?: string;
  readonly tag?: boolean;
  /** False with --no-commit. */
  readonly commit: boolean;
  readonly createdAt?: string;
  readonly author?: string;
  readonly dryRun?: boolean;
}

type Cut = Extract<CutAnswer, { kind: 'cut' }>;

export async function cutRelease(
  context: CommandContext,
  release: string,
  options: CutOptions,
): Promise<number> {
  judgeOptions(context, release, options);
  const { services, output } = context;
  const application = resolve(services.workingDirectory, options.app);
  const source = await readSource(context, application, options);
  const repo = await context.openRepo();
  if (options.tag === true) await requireFreeTag(repo, release);
  const answer = await services.cutRelease({
    release,
    ref: source.ref,
    createdAt: source.createdAt,
    application,
    label: options.app,
    repository: source.repository,
    schemaFrom:
      options.schemaFrom === undefined
        ? undefined
        : {
            environment: options.schemaFrom,
            root: context.root,
            stateDirectory: await findStateDirectory(context, {
              env: options.schemaFrom,
              ...stateOf(options),
            }),
          },
    signal: services.interrupted,
    onProgress: (line) => output.narrate(output.onStderr('dim', line)),
  });
  if (answer.kind !== 'cut') throw refusalOf(answer, release, options);
  const warnings = [...source.warnings, ...answer.warnings];
  for (const warning of warnings)
    output.narrate(`${output.onStderr('yellow', 'warning:')} ${plainLine(warning)}`);
  const findings = formatFindings({ findings: answer.findings }, output.onStderr);
  if (findings !== '') output.narrate(findings);
  const done = await keep(repo, {
    root: context.root,
    release,
    document: answer.document,
    ref: source.ref,
    options,
  });
  report(context, { answer, release, source, warnings, done, options });
  return 0;
}

function stateOf({ state }: CutOptions): { readonly state?: string } {
  return state === undefined ? {} : { state };
}

function judgeOptions(context: CommandContext, release: string, options: CutOptions): void {
  const refuse = (message: string, hint: string): StkError => new StkError('usage', message, { hint });
  if (!isId(release))
    throw refuse(
      `${JSON.stringify(release)} cannot be a release id`,
      'Letters, digits, . _ and -, at most 64, a letter or digit first; for example v1.2.0.',
    );
  if (options.tag === true && !options.commit)
    throw refuse('--tag names a commit, which --no-commit does not make', 'Leave one of them out.');
  if (options.tag === true && /\.\.|\.$|\.lock$/.test(release))
    throw refuse(`git takes no tag of the name ${release}`, 'Leave out --tag.');
  if (options.createdAt !== undefined && !isDateTime(options.createdAt))
    throw refuse(
      `--created-at ${JSON.stringify(options.createdAt)} is no RFC 3339 time`,
      'For example: --created-at 2026-11-21T08:00:00Z',
    );
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (
    options.ref !== undefined &&
    !/^[^\u0000-\u0020\u007f]([^\u0000-\u001f\u007f]{0,254}[^\u0000-\u0020\u007f])?$/u.test(options.ref)
  )
    throw refuse(
      '--ref is not one line of 1 to 256 characters',
      'Name a commit, tag or branch of the application.',
    );
  if (options.schemaFrom !== undefined) requireEnvironment(context.identity, options.schemaFrom);
}

interface Source extends Pick<ApplicationRef, 'repository'> {
  readonly ref: string;
  readonly createdAt: string;
  readonly warnings: readonly string[];
}

/** `createdAt`: --created-at, else SOURCE_DATE_EPOCH, else when the ref was committed, else now. */
async function readSource(
  { services }: CommandContext,
  directory: string,
  options: CutOptions,
): Promise<Source> {
  const { variables } = services.environment;
  const git = await readApplicationRef({ directory, ref: options.ref, environment: variables }).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        throw new StkError('usage', `${directory} does not exist`, {
          hint: 'Name the folder that holds release.yaml with --app DIR.',
        });
      throw error;
    },
  );
  const ref = options.ref ?? git.head;
  if (ref === undefined)
    throw new StkError('usage', `${directory} is in no git repository with a commit`, {
      hint: 'Say --ref REF: what the release was built from.',
    });
  const warnings = [
    ...(git.isDirty
      ? [`${options.app} has uncommitted changes: they are part of the release, not of ${ref}`]
      : []),
    ...(git.head !== undefined && git.commit !== undefined && git.commit.id !== git.head
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
      hint: 'Unset it, or say --created-at.',
    });
  return formatTime(Number(text) * 1000);
}

/** Whole seconds. */
function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

async function requireFreeTag(repo: LocalRepo, release: string): Promise<void> {
  const tagged = await repo.findTag(release);
  if (tagged === undefined) return;
  const added = (await repo.releaseCommits(await repo.tip())).get(release)?.revision;
  if (added === tagged) return;
  throw new StkError('conflict', `the tag ${release} names ${tagged.slice(0, 10)} already`, {
    hint: `Leave out --tag, or delete the tag: git tag --delete ${release}`,
  });
}

function refusalOf(answer: Exclude<CutAnswer, Cut>, release: string, { app }: CutOptions): StkError {
  if (answer.kind === 'incompatible')
    return new StkError('incompatible', `${release} was not cut: its operations do not fit the schema.`, {
      hint: `Correct the operations or the schema in ${app} and cut again.`,
      details: { release, findings: answer.findings },
    });
  const lines =
    answer.kind === 'invalid'
      ? answer.problems
      : answer.missing.map(
          ({ object, operations }) => `${object} is used by ${operations.join(', ')} and not declared`,
        );
  const what = answer.kind === 'invalid' ? `${app} is not in order` : 'schema: lacks what its operations use';
  return new StkError('release-invalid', `${release} was not cut: ${what}.`, {
    hint:
      answer.kind === 'invalid'
        ? 'Correct these places and cut again.'
        : 'Declare it, or leave schema: out of release.yaml, so that it is derived.',
    details: {
      release,
      errors: lines.map((detail) => ({ detail })),
      ...(answer.kind === 'under-declared' ? { missing: answer.missing } : {}),
    },
  });
}

interface Kept {
  /** The same bytes were there before. */
  readonly already: boolean;
  readonly written: boolean;
  readonly committed: boolean;
  readonly pushed: boolean;
  readonly revision: string | null;
  readonly tag: string | null;
  readonly notes: readonly string[];
}

interface Keeping {
  readonly root: string;
  readonly release: string;
  readonly document: string;
  readonly ref: string;
  readonly options: CutOptions;
}

async function keep(repo: LocalRepo, keeping: Keeping): Promise<Kept> {
  const { root, release, document, ref, options } = keeping;
  const path = `releases/${release}.yaml`;
  const nothing = {
    already: false,
    written: false,
    committed: false,
    pushed: false,
    revision: null,
    tag: null,
    notes: [],
  };
  const known = await repo.file(options.commit ? await repo.tip() : await repo.resolve('HEAD'), path);
  if (known !== undefined && known !== document) throw immutable(release, 'is committed');
  const onDisk = await readIfThere(join(root, path));
  if (onDisk !== undefined && onDisk !== document) throw immutable(release, `stands in ${path}`);
  if (options.dryRun === true) return { ...nothing, already: known !== undefined };
  if (!options.commit) {
    if (onDisk === undefined) await writeNew(join(root, path), document);
    return { ...nothing, already: onDisk !== undefined, written: onDisk === undefined };
  }
  const message = formatCutMessage({ release, ref, schemaFrom: options.schemaFrom });
  if (known !== undefined) {
    const revision = (await repo.releaseCommits(await repo.tip())).get(release)?.revision ?? null;
    const tagged = revision === null ? undefined : await tagIt(repo, { ...keeping, message, revision });
    return { ...nothing, already: true, revision, tag: tagged?.tag ?? null };
  }
  const outcome = await repo.commitRelease({ release, document, message, author: options.author });
  if (outcome.kind === 'lost')
    throw immutable(release, `was added by ${outcome.by} in ${outcome.revision.slice(0, 10)}`);
  const { revision, pushed, notes } = outcome;
  const tagged = await tagIt(repo, { ...keeping, message, revision });
  return {
    already: false,
    written: true,
    committed: true,
    pushed,
    revision,
    tag: tagged?.tag ?? null,
    notes,
  };
}

/** After the commit: a failure says that it was made. */
async function tagIt(
  repo: LocalRepo,
  { release, options, message, revision }: Keeping & { readonly message: string; readonly revision: string },
): Promise<{ readonly tag: string } | undefined> {
  if (options.tag !== true) return undefined;
  try {
    await repo.tag({ name: release, revision, message, author: options.author });
    return { tag: release };
  } catch (error) {
    if (!(error instanceof StkError)) throw error;
    throw new StkError(error.code, `${release} is committed, and was not tagged: ${error.message}`, {
      hint: error.hint ?? `git tag --annotate ${release} ${revision}`,
      details: { ...error.details, committed: true, revision },
      cause: error,
    });
  }
}

function immutable(release: string, where: string): StkError {
  return new StkError('conflict', `${release} ${where} with other bytes.`, {
    hint: 'A release never changes: cut another id. To compare: stk release cut … --dry-run with the same --ref and --created-at.',
    details: { release },
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function writeNew(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { flag: 'wx' });
}

interface Reported {
  readonly answer: Cut;
  readonly release: string;
  readonly source: Source;
  readonly warnings: readonly string[];
  readonly done: Kept;
  readonly options: CutOptions;
}

function report({ output, project }: CommandContext, reported: Reported): void {
  const { answer, release, source, warnings, done, options } = reported;
  const { document, findings, derivedSchema, tables, operations } = answer;
  const { notes, ...kept } = done;
  const dryRun = options.dryRun === true;
  for (const note of notes) output.narrate(plainLine(note));
  const path = `releases/${release}.yaml`;
  const size = `${operations} operations, ${tables} tables${derivedSchema ? ', schema derived' : ''}`;
  const said = dryRun
    ? document.trimEnd()
    : kept.already
      ? `already: ${path} has these bytes${kept.tag === null ? '' : `, tagged ${kept.tag}`}`
      : kept.committed
        ? `cut ${release} (${size}): ${path}, commit ${(kept.revision ?? '').slice(0, 10)}${kept.pushed ? ', pushed' : ''}${kept.tag === null ? '' : `, tagged ${kept.tag}`}`
        : `cut ${release} (${size}): wrote ${path}, not committed`;
  if (dryRun) output.narrate(`${size}; nothing was written`);
  output.result(
    {
      project,
      release,
      ref: source.ref,
      createdAt: source.createdAt,
      path,
      dryRun,
      ...kept,
      schema: { derived: derivedSchema, tables },
      operations,
      warnings,
      findings,
      ...(dryRun ? { document } : {}),
    },
    said,
  );
}
