// `stk db status`: the state of an environment's migrations, from the ledger of the tool that runs them. Runs none.
import { parseRelease } from '../../../documents/release/parse-release.ts';
import { StkError } from '../../../kernel/errors.ts';
import { isBlocking } from '../../../model/finding.ts';
import { formatProblems } from '../../../model/problem.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { formatFindings } from '../../print/findings-report.ts';
import { plainLine } from '../../print/plain-text.ts';
import { findStateDirectory } from '../../repo/find-embedded.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';
import type { MigrationStatus } from '../../services.ts';
import { releaseOf } from '../release/release-promote.ts';

export interface MigrationStatusOptions {
  readonly env: string;
  readonly releaseId?: string;
  readonly exitCode?: boolean;
  readonly state?: string;
}

/** Exit code 3 with --exit-code when a finding blocks. */
export async function showMigrationStatus(
  context: CommandContext,
  options: MigrationStatusOptions,
): Promise<number> {
  const { env: environment } = options;
  const { services, output, root } = context;
  requireEnvironment(context.identity, environment);
  const repo = await context.openRepo();
  const revision = await repo.resolve('HEAD');
  const release = options.releaseId ?? (await releaseOf(repo, revision, environment)) ?? null;
  const upTo = release === null ? undefined : await upToOf(repo, revision, release);
  const status = await services.migrationStatus({
    environment,
    root,
    stateDirectory: await findStateDirectory(context, options),
    repo: repo.reader,
    revision,
    upTo,
    onProgress: (line) => output.narrate(output.onStderr('dim', line)),
  });
  const { posture, findings } = status;
  const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);
  output.result(
    {
      project: context.project,
      environment,
      release,
      upTo: upTo ?? null,
      dir: status.dir,
      tool: posture.tool,
      table: posture.table,
      applied: names(posture.applied),
      pending: names(posture.pending),
      changed: names(posture.changed),
      unknown: posture.unknown,
      failed: posture.failed,
      findings,
    },
    describe(status, environment),
  );
  const said = formatFindings({ findings }, output.onStderr);
  if (said !== '') output.narrate(said);
  return options.exitCode === true && findings.some(isBlocking) ? 3 : 0;
}

async function upToOf(repo: LocalRepo, revision: string, release: string): Promise<string | undefined> {
  const file = `releases/${release}.yaml`;
  const text = await repo.file(revision, file);
  if (text === undefined)
    throw new StkError('unknown-release', `there is no release ${JSON.stringify(release)}`, {
      hint: 'stk release list shows every release.',
    });
  const parsed = parseRelease(text, { file, id: release });
  if (!parsed.ok) throw new StkError('release-invalid', formatProblems(parsed.problems));
  return parsed.value.migrationsUpTo;
}

const shown = 10;

function describe({ posture, dir }: MigrationStatus, environment: string): string {
  const { applied, pending, changed, unknown, failed, tool, table } = posture;
  const list = (names: readonly string[]): string =>
    names.length === 0
      ? ''
      : `: ${names.slice(0, shown).join(', ')}${names.length > shown ? ` and ${names.length - shown} more` : ''}`;
  const last = applied.at(-1)?.name;
  return [
    `${environment}: ${tool}, ${dir}, ledger ${table}`,
    `applied  ${applied.length}${last === undefined ? '' : `, the last ${last}`}`,
    `pending  ${pending.length}${list(pending.map(({ name }) => name))}`,
    `changed  ${changed.length}${list(changed.map(({ name }) => name))}`,
    `unknown  ${unknown.length}${list(unknown)}`,
    ...(failed.length === 0 ? [] : [`failed   ${failed.length}${list(failed)}`]),
  ]
    .map(plainLine)
    .join('\n');
}
