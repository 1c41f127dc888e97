// The two branches of the clone as the audit reads them: the followed one at its tip, with the policy and the keys in force, and
// the records fetched.
import type { AuditSource } from '../../ledger/audit/read-audit.ts';
import { readRecordsAt } from '../../ledger/records/records-at.ts';
import { Trust } from '../../ledger/trust/trust.ts';
import type { CommandContext } from '../context.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import { readPolicy } from './read-policy.ts';

export async function openAudit(
  context: CommandContext,
  repo: LocalRepo,
  remote: string | undefined,
): Promise<AuditSource> {
  const { reader } = repo;
  const revision = await repo.tip();
  const trust = new Trust();
  const inForce = await trust.follow(reader, revision);
  const pipeline = await readPolicy(repo, inForce.revision);
  const { branch, since } = pipeline.records;
  const recordsTip = await repo.branchTip(`refs/heads/${branch}`, remote);
  const records = readRecordsAt(reader, { tip: recordsTip, place: { branch, since }, trust });
  const now = context.services.clock.now();
  return { repo: reader, pipeline, revision, recordsTip, records, trust, now };
}
