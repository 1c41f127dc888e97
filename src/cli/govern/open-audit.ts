// The two branches of the clone as the audit reads them: the followed one at its tip, the records fetched.
import type { AuditSource } from '../../ledger/audit/read-audit.ts';
import { readRecordsAt } from '../../ledger/records/records-at.ts';
import type { CommandContext } from '../context.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import { readPolicy } from './read-policy.ts';

export async function openAudit(
  context: CommandContext,
  repo: LocalRepo,
  remote: string | undefined,
): Promise<AuditSource> {
  const revision = await repo.tip();
  const pipeline = await readPolicy(repo, revision);
  const { branch, since } = pipeline.records;
  const recordsTip = await repo.branchTip(`refs/heads/${branch}`, remote);
  const records = readRecordsAt(repo.reader, { tip: recordsTip, place: { branch, since } });
  const now = context.services.clock.now();
  return { repo: repo.reader, pipeline, revision, recordsTip, records, now };
}
