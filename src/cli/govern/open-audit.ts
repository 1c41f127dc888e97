// Opens the two branches of the clone for the audit: the followed branch at its tip, with its current policy and keys,
// and the fetched records.
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
