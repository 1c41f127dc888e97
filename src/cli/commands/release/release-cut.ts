// `stk release cut`: makes releases/<id>.yaml from an application and commits that one file. An id is cut once: other
// bytes under it are refused.
import { resolve } from 'node:path';
import { StkError } from '../../../kernel/errors.ts';
import { isId } from '../../../kernel/ids.ts';
import { isDateTime } from '../../../kernel/times.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { readCutSource, type CutOptions, type CutSource } from '../../repo/cut-source.ts';
import { formatFindings } from '../../print/findings-report.ts';
import { keepRelease, type KeptRelease } from '../../repo/keep-release.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';
import { plainLine } from '../../print/plain-text.ts';
import type { CutAnswer } from '../../services.ts';
import { findStateDirectory } from '../../repo/find-embedded.ts';

type Cut = Extract<CutAnswer, { kind: 'cut' }>;

export async function cutRelease(
  context: CommandContext,
  release: string,
  options: CutOptions,
): Promise<number> {
  judgeOptions(context, release, options);
  const { services, output } = context;
  const application = resolve(services.workingDirectory, options.app);
  const source = await readCutSource(context, application, options);
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
  const done = await keepRelease(repo, {
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
    throw refuse('--tag needs a commit, and --no-commit makes none', 'Leave one of them out.');
  if (options.tag === true && /\.\.|\.$|\.lock$/.test(release))
    throw refuse(`git does not accept ${release} as the name of a tag`, 'Leave out --tag.');
  if (options.createdAt !== undefined && !isDateTime(options.createdAt))
    throw refuse(
      `--created-at ${JSON.stringify(options.createdAt)} is not an RFC 3339 time`,
      'For example: --created-at 2026-11-21T08:00:00Z',
    );
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
  const what =
    answer.kind === 'invalid'
      ? `${app} has problems`
      : 'schema: does not declare everything that its operations use';
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

interface Reported {
  readonly answer: Cut;
  readonly release: string;
  readonly source: CutSource;
  readonly warnings: readonly string[];
  readonly done: KeptRelease;
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
      ? `nothing to do: ${path} already has this content${kept.tag === null ? '' : `, tagged ${kept.tag}`}`
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
