// `stk evidence backup`: records a backup of an environment, under the release that it serves.
import { StkError } from '../../../kernel/errors.ts';
import { isDateTime } from '../../../kernel/times.ts';
import { parseSize } from '../../../kernel/units.ts';
import { planBackup } from '../../../promotion/plan-backup.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { openEvidence } from '../../govern/open-evidence.ts';
import { type RecordOptions, writeRecord } from '../../govern/write-record.ts';
import { servedOrNamed } from '../../govern/served-or-named.ts';

export interface EvidenceBackupOptions extends RecordOptions {
  readonly env: string;
  readonly at?: string;
  readonly size: string;
  readonly location: string;
  readonly verified?: boolean;
}

export async function recordBackup(context: CommandContext, options: EvidenceBackupOptions): Promise<number> {
  const { env: environment, location, verified = false } = options;
  requireEnvironment(context.identity, environment);
  const now = context.services.clock.now();
  const at = options.at === undefined ? now : parseTime(options.at);
  const size = /^\d{1,15}$/.test(options.size) ? Number(options.size) : parseSize(options.size);
  if (size === undefined)
    throw new StkError('usage', `--size ${JSON.stringify(options.size)} is not a size`, {
      hint: 'Write bytes, or a size such as 512MiB.',
    });
  const { repo, tip, author, basis, branch } = await openEvidence(context, options.author);
  const release = await servedOrNamed(context, { repo, tip, environment });
  const planned = await planBackup(basis, { release, environment, at, size, location, verified });
  if (planned.kind === 'refused') throw planned.error;
  const told = `${environment}: backup of ${new Date(at).toISOString()}${verified ? ', verified' : ''}, recorded by ${author.email}`;
  return writeRecord(context, repo, { write: { file: planned.file, author, branch, tip, told }, options });
}

function parseTime(text: string): number {
  if (isDateTime(text)) return Date.parse(text);
  throw new StkError('usage', `--at ${JSON.stringify(text)} is not an RFC 3339 time`, {
    hint: 'For example: --at 2026-11-21T08:00:00Z',
  });
}
