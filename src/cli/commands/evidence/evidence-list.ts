// `stk evidence list`: every record of a release, and why a record does not count.
import { presentRecord } from '../../../documents/record/present-record.ts';
import { countingRules } from '../../../ledger/records/counting-rules.ts';
import { refusalFor } from '../../../ledger/records/fold-records.ts';
import type { JudgedRecord } from '../../../ledger/records/judge-record.ts';
import type { LedgerRecord } from '../../../model/pipeline/record.ts';
import { findContent } from '../../../promotion/plan-evidence.ts';
import { StkError } from '../../../kernel/errors.ts';
import type { CommandContext } from '../../context.ts';
import { openAudit } from '../../govern/open-audit.ts';
import { formatTable } from '../../print/table.ts';

export interface EvidenceListOptions {
  readonly release?: string;
  /** The name of an evaluation. */
  readonly name?: string;
  readonly remote?: string;
}

/** Throws `usage` when neither a release nor an evaluation is named. */
export async function listEvidence(context: CommandContext, options: EvidenceListOptions): Promise<number> {
  const { release, name, remote } = options;
  if (name !== undefined) {
    const { listScores } = await import('./evidence-scores.ts');
    return listScores(context, { name, remote });
  }
  if (release === undefined)
    throw new StkError('usage', 'give --release ID, or --name NAME of an evaluation', {
      hint: 'stk evidence list --name NAME compares the environments.',
    });
  const repo = await context.openRepo();
  const source = await openAudit(context, repo, remote);
  const content = await findContent(source, release);
  if (content === null)
    throw new StkError('unknown-release', `there is no release ${JSON.stringify(release.slice(0, 80))}`, {
      hint: 'stk release list shows every release.',
    });
  const rules = countingRules(source.pipeline, source.now);
  const records = (await source.records.of(release, rules)).map((judged) => ({
    judged,
    reason: refusalFor(judged, content.digest),
  }));
  const value = {
    project: context.project,
    release,
    digest: content.digest,
    records: records.map(({ judged: { path, commit, record }, reason }) => ({
      path,
      commit: commit.revision,
      record: record === null ? null : presentRecord(record),
      counts: reason === null,
      reason,
    })),
  };
  const rows = records.map(({ judged, reason }) => [
    ...describe(judged),
    reason === null ? 'yes' : `no: ${reason}`,
  ]);
  context.output.result(
    value,
    rows.length === 0
      ? `no records of ${release}`
      : formatTable(['AT', 'KIND', 'WHAT', 'BY', 'COUNTS'], rows),
  );
  return 0;
}

function describe({ record, path, commit }: JudgedRecord): readonly string[] {
  if (record === null) return [commit.at, '-', path, commit.mail];
  return [new Date(record.at).toISOString(), record.record, whatOf(record), record.by];
}

function whatOf(record: LedgerRecord): string {
  switch (record.record) {
    case 'check': {
      const values = [...record.values].map(([name, value]) => `${name}=${value}`);
      return [record.name, record.status, ...values].join(' ');
    }
    case 'approval':
    case 'rejection':
      return [record.environment, ...(record.hotfix === undefined ? [] : ['hotfix']), record.comment ?? '']
        .join(' ')
        .trim();
    case 'event':
      return `${record.environment} ${record.event}`;
    case 'incident':
      return `${record.incident} ${record.action}`;
    case 'evaluation':
      return `${record.name} mean=${record.mean} cases=${record.cases}`;
    case 'backup':
      return `${record.environment} ${record.location}`;
    case 'drill':
      return [record.environment, record.result, record.document ?? ''].join(' ').trim();
  }
}
