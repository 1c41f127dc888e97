// Adds records to the records branch. The Hub and the command line use the same port; how git gets there differs.
import type { RecordFile } from '../../documents/record/format-record.ts';
import type { AppendOutcome, CommitAuthor, ConfigRepo, FileAppend } from '../../git/config-repo.ts';

export interface RecordsWriter {
  /**
   * Adds the records in one commit; existing ones count as done. Throws `git-unavailable`, `push-refused`, `git-dirty`,
   * `conflict`, `git-identity`.
   */
  write(files: readonly RecordFile[], signal?: AbortSignal): Promise<AppendOutcome>;
}

export interface RecordsTarget {
  /** Short name of the branch. */
  readonly branch: string;
  readonly author: CommitAuthor;
}

/** `repo`: the config repo that the Hub also reads. */
export function createHubWriter(
  repo: Pick<ConfigRepo, 'appendFiles'>,
  target: () => RecordsTarget,
): RecordsWriter {
  return {
    write: (files, signal) => repo.appendFiles({ ...appendOf(files, target()), signal }),
  };
}

/** The commit that adds `files`, and `beside` them what they speak of: what git is asked for. */
export function appendOf(
  files: readonly RecordFile[],
  { branch, author }: RecordsTarget,
  { beside = [] }: { readonly beside?: readonly Pick<RecordFile, 'path' | 'text'>[] } = {},
): FileAppend {
  return {
    ref: `refs/heads/${branch}`,
    files: new Map([...files, ...beside].map(({ path, text }) => [path, text])),
    message: messageOf(files),
    author,
  };
}

/** `record(v1.2.3): check unit-tests passed`; for several `record: 3 records`. */
function messageOf(files: readonly RecordFile[]): string {
  const [one] = files;
  if (one === undefined || files.length > 1) return `record: ${files.length} records`;
  const { record } = one;
  return `record(${record.release}): ${[record.record, ...wordsOf(record)].join(' ')}`;
}

function wordsOf(record: RecordFile['record']): string[] {
  switch (record.record) {
    case 'check':
      return [record.name, record.status];
    case 'evaluation':
      return [record.name];
    case 'approval':
    case 'rejection':
    case 'backup':
      return [`for ${record.environment}`];
    case 'event':
      return [record.event, `in ${record.environment}`];
    case 'incident':
      return [record.action, record.incident];
    case 'drill':
      return [record.result, `in ${record.environment}`];
  }
}
