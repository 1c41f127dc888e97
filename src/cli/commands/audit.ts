// `stk audit`: every decision about releases, the newest first.
import { StkError } from '../../kernel/errors.ts';
import { parseSince } from '../../kernel/since.ts';
import type { AuditEntry, AuditFilter } from '../../ledger/audit/audit-entry.ts';
import { readAudit } from '../../ledger/audit/read-audit.ts';
import type { CommandContext } from '../context.ts';
import { openAudit } from '../govern/open-audit.ts';
import { formatTable } from '../print/table.ts';

export interface AuditOptions {
  readonly env?: string;
  readonly release?: string;
  readonly since?: string;
  readonly format: 'table' | 'json' | 'jsonl';
  readonly remote?: string;
  readonly json?: boolean;
}

export async function showAudit(context: CommandContext, options: AuditOptions): Promise<number> {
  const { output, services } = context;
  const format = options.json === true && options.format === 'table' ? 'json' : options.format;
  const filter: AuditFilter = {
    environment: options.env,
    release: options.release,
    since: readSince(options.since, services.clock.now()),
  };
  const repo = await context.openRepo();
  const entries = readAudit(await openAudit(context, repo, options.remote), filter);
  if (format === 'jsonl') {
    for await (const entry of entries) {
      if (!output.isRead) break;
      output.line(JSON.stringify(entry));
    }
    return 0;
  }
  const all: AuditEntry[] = [];
  for await (const entry of entries) all.push(entry);
  if (format === 'json') output.line(JSON.stringify(all));
  else output.line(all.length === 0 ? 'no entries' : formatEntries(all));
  return 0;
}

/** Throws `usage`. */
function readSince(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const since = parseSince(text, now);
  if (since !== undefined) return since;
  throw new StkError('usage', `--since ${JSON.stringify(text)} is not a time`, {
    hint: 'Write a day (2026-11-29), a time with a zone (2026-11-29T12:00:00Z) or a duration (7d).',
  });
}

function formatEntries(entries: readonly AuditEntry[]): string {
  const rows = entries.map(({ timestamp, action, version, from_stage, to_stage, actor, result, reason }) => [
    timestamp,
    action,
    version ?? '-',
    [from_stage, to_stage].filter((stage) => stage !== null).join(' -> ') || '-',
    actor ?? '-',
    [result, reason].filter((part) => part !== null).join(': ') || '-',
  ]);
  return formatTable(['AT', 'ACTION', 'RELEASE', 'STAGE', 'BY', 'RESULT'], rows);
}
