// `stk audit verify`: whether records were tampered with, or something was served without being admitted.
import { verifyAudit } from '../../ledger/audit/verify-audit.ts';
import type { CommandContext } from '../context.ts';
import { openAudit } from '../govern/open-audit.ts';
import { plainLine } from '../print/plain-text.ts';

export async function verifyRecords(
  context: CommandContext,
  { remote }: { readonly remote?: string },
): Promise<number> {
  const { output, project } = context;
  const repo = await context.openRepo();
  const source = await openAudit(context, repo, remote);
  const { branch } = source.pipeline.records;
  const seenRef = `refs/stk/audit/${branch}`;
  const { reader } = repo;
  // The Hub's own refs count when this clone is what it serves.
  const refs = [
    seenRef,
    `refs/stk/records/${branch}`,
    `refs/heads/${branch}`,
    `refs/remotes/${remote ?? 'origin'}/${branch}`,
  ];
  const seen = await Promise.all(refs.map((ref) => reader.readRef(ref)));
  const formerTips = seen.flatMap((tip) => tip ?? []);
  const { records, events, problems } = await verifyAudit({ ...source, formerTips });
  const isSound = problems.length === 0;
  const { recordsTip } = source;
  if (isSound && recordsTip !== null)
    await reader.keepRef(seenRef, { revision: recordsTip, expected: seen[0] ?? null });
  const lines = problems.map(
    ({ code, message }) => `  ${output.onStdout('red', code)}: ${plainLine(message)}`,
  );
  const counted = `${records} records, ${events} of them events`;
  output.result(
    { project, branch, tip: recordsTip, records, events, isSound, problems },
    isSound
      ? `sound: ${counted}`
      : [`problems found: ${counted}, ${problems.length} problems`, ...lines].join('\n'),
  );
  return isSound ? 0 : 3;
}
