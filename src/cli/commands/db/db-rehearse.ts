// `stk db rehearse`: is a migration's way down the inverse of its up? Tried in a scratch database, and recorded as the
// check `migration-rehearsal` of the releases that name the migration.
import { parseRelease } from '../../../documents/release/parse-release.ts';
import { appendOf } from '../../../ledger/records/write-records.ts';
import { planCheck } from '../../../promotion/plan-evidence.ts';
import type { CommandContext } from '../../context.ts';
import { askHubToLook } from '../../govern/ask-hub-to-look.ts';
import { evidenceOf } from '../../govern/open-evidence.ts';
import type { RecordOptions } from '../../govern/write-record.ts';
import { plainLine } from '../../print/plain-text.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';
import type { RehearsalAnswer } from '../../services.ts';

export interface RehearseOptions extends RecordOptions {
  readonly migration?: string;
  readonly env?: string;
  readonly releaseId?: string;
  readonly urlFrom?: string;
}

const checkName = 'migration-rehearsal';

/** Exit code 3: it is not the inverse, or the author lacks the role to write the record. */
export async function rehearse(context: CommandContext, options: RehearseOptions): Promise<number> {
  const { services, output, root, project } = context;
  const answer = await services.rehearseMigration({
    environment: options.env,
    migration: options.migration,
    root,
    urlFrom: options.urlFrom,
    signal: services.interrupted,
    onProgress: (line) => output.narrate(output.onStderr('dim', line)),
  });
  const repo = await context.openRepo();
  const recorded = await record(context, { repo, answer, options });
  const { migration, file, isInverse, why, afterDown, afterUpAgain } = answer;
  output.result(
    {
      project,
      migration,
      file,
      inverse: isInverse,
      why: why ?? null,
      afterDown,
      afterUpAgain,
      check: checkName,
      recordedFor: recorded.releases,
      dryRun: options.dryRun === true,
    },
    describe(answer),
  );
  for (const note of recorded.notes) output.narrate(plainLine(note));
  return isInverse && !recorded.isRefused ? 0 : 3;
}

function describe({ migration, isInverse, why, afterDown, afterUpAgain }: RehearsalAnswer): string {
  if (isInverse) return `${migration}: up, down, up: the way down is the inverse`;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `- ${line}`)];
  return [
    `${migration}: the way down is not the inverse${why === undefined ? '' : `: ${why}`}`,
    ...list('After the way down, compared with before:', afterDown),
    ...list('After the second up, compared with the first:', afterUpAgain),
  ]
    .map(plainLine)
    .join('\n');
}

interface Recorded {
  readonly releases: readonly string[];
  readonly notes: readonly string[];
  readonly isRefused: boolean;
}

async function record(
  context: CommandContext,
  {
    repo,
    answer,
    options,
  }: { readonly repo: LocalRepo; readonly answer: RehearsalAnswer; readonly options: RehearseOptions },
): Promise<Recorded> {
  const { tip, author, basis, branch } = await evidenceOf(context, repo, options.author);
  const releases =
    options.releaseId === undefined ? await findReleases(repo, tip, answer.migration) : [options.releaseId];
  if (releases.length === 0) {
    const note = `not recorded: no release has migrations.upTo ${answer.migration}; name one with --release-id`;
    return { releases: [], notes: [note], isRefused: false };
  }
  const files = [];
  for (const release of releases) {
    const status = answer.isInverse ? 'passed' : 'failed';
    const differences = answer.afterDown.length + answer.afterUpAgain.length;
    const planned = await planCheck(basis, {
      release,
      name: checkName,
      status,
      values: new Map([['differences', differences]]),
      runId: answer.migration,
      url: undefined,
      commit: undefined,
    });
    if (planned.kind === 'refused')
      return { releases: [], notes: [`not recorded: ${planned.error.message}`], isRefused: true };
    files.push(planned.file);
  }
  if (options.dryRun === true)
    return { releases, notes: files.map(({ path }) => `would write ${path} on ${branch}`), isRefused: false };
  const outcome = await repo.appendFiles(appendOf(files, { branch, author }), options.remote);
  const where = outcome.pushedTo === null ? branch : `${branch} of ${outcome.pushedTo}`;
  await askHubToLook(context);
  return { releases, notes: files.map(({ path }) => `wrote ${path} on ${where}`), isRefused: false };
}

/** Releases whose `migrations.upTo` is this migration, by its name or its number. */
async function findReleases(repo: LocalRepo, tip: string, migration: string): Promise<readonly string[]> {
  const found: string[] = [];
  const number = /^\d+/.exec(migration)?.[0]?.replace(/^0+/, '');
  for (const [id, blob] of await repo.documents(tip, 'releases')) {
    const text = await repo.reader.text(blob, 4 * 1024 * 1024);
    if (!text.includes('upTo')) continue;
    const parsed = parseRelease(text, { file: `releases/${id}.yaml`, id });
    const upTo = parsed.ok ? parsed.value.migrationsUpTo : undefined;
    const isNumber = upTo !== undefined && /^\d+$/.test(upTo) && upTo.replace(/^0+/, '') === number;
    if (upTo === migration || isNumber) found.push(id);
  }
  return found;
}
