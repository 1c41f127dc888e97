// `stk evidence check`: records the result of a check of a release.
import { planCheck } from '../../../promotion/plan-evidence.ts';
import type { CommandContext } from '../../context.ts';
import { openEvidence } from '../../govern/open-evidence.ts';
import { type RecordOptions, writeRecord } from '../../govern/write-record.ts';

export interface EvidenceCheckOptions extends RecordOptions {
  readonly release: string;
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly value?: ReadonlyMap<string, number>;
  readonly runId?: string;
  readonly url?: string;
  readonly commit?: string;
}

export async function recordCheck(context: CommandContext, options: EvidenceCheckOptions): Promise<number> {
  const { release, name, status, value: values = new Map<string, number>(), runId, url, commit } = options;
  const { repo, tip, author, basis, branch } = await openEvidence(context, options.author);
  const planned = await planCheck(basis, { release, name, status, values, runId, url, commit });
  if (planned.kind === 'refused') throw planned.error;
  const told = `${release}: check ${name} ${status}, recorded by ${author.email}`;
  return writeRecord(context, repo, { write: { file: planned.file, author, branch, tip, told }, options });
}
