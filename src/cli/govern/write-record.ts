// Adds one record to the records branch from the operator's clone, and notifies the Hub.
import type { RecordFile } from '../../documents/record/format-record.ts';
import { presentRecord } from '../../documents/record/present-record.ts';
import { appendOf } from '../../ledger/records/write-records.ts';
import type { CommitAuthor } from '../../git/config-repo.ts';
import type { CommandContext } from '../context.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import { askHubToLook } from './ask-hub-to-look.ts';
import { warnUnsigned } from './warn-unsigned.ts';

export interface RecordOptions {
  readonly author?: string;
  readonly remote?: string;
  readonly dryRun?: boolean;
}

export interface RecordWrite {
  readonly file: RecordFile;
  readonly author: CommitAuthor;
  /** Short name of the records branch. */
  readonly branch: string;
  /** The commit of the followed branch that the plan is based on. */
  readonly tip: string;
  /** What was done, for people. */
  readonly told: string;
}

export async function writeRecord(
  context: CommandContext,
  repo: LocalRepo,
  { write, options }: { readonly write: RecordWrite; readonly options: RecordOptions },
): Promise<number> {
  const { output, project } = context;
  const { file, author, branch, tip, told } = write;
  const base = { project, branch, path: file.path, record: presentRecord(file.record) };
  const environment = 'environment' in file.record ? file.record.environment : undefined;
  await warnUnsigned(context, repo, { tip, environment });
  if (options.dryRun === true) {
    output.result(
      { ...base, dryRun: true, written: false, pushedTo: null, revision: null },
      `Would write ${file.path} on ${branch}:\n\n${file.text}`,
    );
    return 0;
  }
  const outcome = await repo.appendFiles(appendOf([file], { branch, author }), options.remote);
  const where = outcome.pushedTo === null ? branch : `${branch} of ${outcome.pushedTo}`;
  output.narrate(`wrote ${file.path} on ${where}`);
  await askHubToLook(context);
  const { revision, pushedTo } = outcome;
  output.result({ ...base, dryRun: false, written: true, pushedTo, revision }, told);
  return 0;
}
