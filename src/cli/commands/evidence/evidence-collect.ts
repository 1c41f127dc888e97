// `stk evidence collect`: everything known about one release as files, with their checksums.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { presentRecord } from '../../../documents/record/present-record.ts';
import { StkError } from '../../../kernel/errors.ts';
import type { AuditEntry } from '../../../ledger/audit/audit-entry.ts';
import { readAudit } from '../../../ledger/audit/read-audit.ts';
import { countingRules } from '../../../ledger/records/counting-rules.ts';
import { refusalFor } from '../../../ledger/records/fold-records.ts';
import { findContent } from '../../../promotion/plan-evidence.ts';
import type { CommandContext } from '../../context.ts';
import { openAudit } from '../../govern/open-audit.ts';

export interface CollectOptions {
  readonly out: string;
  readonly remote?: string;
  readonly dryRun?: boolean;
}

export async function collectEvidence(
  context: CommandContext,
  release: string,
  options: CollectOptions,
): Promise<number> {
  const { output, services, project } = context;
  const repo = await context.openRepo();
  const source = await openAudit(context, repo, options.remote);
  const content = await findContent(source, release);
  if (content === null)
    throw new StkError('unknown-release', `there is no release ${JSON.stringify(release.slice(0, 80))}`, {
      hint: 'stk release list shows every release.',
    });
  const entries: AuditEntry[] = [];
  for await (const entry of readAudit(source, { release })) entries.push(entry);
  entries.reverse();
  const rules = countingRules(source.pipeline, source.now);
  const judged = (await source.records.of(release, rules)).map((one) => {
    const reason = refusalFor(one, content.digest);
    const record = one.record === null ? null : presentRecord(one.record);
    return { path: one.path, kind: one.record?.record, counts: reason === null, reason, record };
  });
  const ofKinds = (...kinds: readonly (string | undefined)[]): unknown[] =>
    judged.filter(({ kind }) => kinds.includes(kind)).map(({ kind: _kind, ...rest }) => rest);
  const head = { project, release, digest: content.digest };
  const files = new Map([
    ['promotion.log', entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')],
    [
      'metrics.json',
      asJson({
        ...head,
        checks: ofKinds('check'),
        evaluations: ofKinds('evaluation'),
        events: ofKinds('event'),
        latencies: entries
          .filter(({ latency_ms }) => latency_ms !== null)
          .map(({ action, to_stage, revision, latency_ms }) => ({ action, to_stage, revision, latency_ms })),
      }),
    ],
    ['approval.json', asJson({ ...head, approvals: ofKinds('approval'), rejections: ofKinds('rejection') })],
  ]);
  const sums = [...files].map(
    ([name, text]) => `${createHash('sha256').update(text).digest('hex')}  ${name}\n`,
  );
  files.set('MANIFEST', sums.join(''));
  const directory = resolve(services.workingDirectory, options.out);
  if (options.dryRun !== true) {
    await mkdir(directory, { recursive: true });
    for (const [name, text] of files) await writeFile(join(directory, name), text);
  }
  const names = [...files.keys()];
  output.result(
    { ...head, out: directory, files: names, entries: entries.length, dryRun: options.dryRun === true },
    `${options.dryRun === true ? 'would write' : 'wrote'} ${names.join(', ')} to ${options.out}; check them: sha256sum -c MANIFEST`,
  );
  return 0;
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
