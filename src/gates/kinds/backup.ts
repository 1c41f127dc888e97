// Gate `backup`: a recent enough backup of the environment is recorded; if required, one that was restored as a test.
import { defineGateKind } from '../define-gate-kind.ts';
import { describeDuration, describeTime } from '../describe-time.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts } from '../../model/pipeline/gate-facts.ts';
import { readDuration } from '../../documents/project/judge-people.ts';
import { durationSchema } from '../../documents/schemas/value-schemas.ts';
import { child, mapOf } from '../../documents/yaml/tree-reader.ts';

interface BackupConfig {
  readonly maxAge: number;
  readonly isVerified: boolean;
}

const day = 86_400_000;

export const backupKind = defineGateKind<BackupConfig>({
  kind: 'backup',
  inHotfix: true,
  schema: {
    type: 'object',
    description: 'how old the newest backup may be: { maxAge: 24h, verified: true }',
    properties: {
      maxAge: { ...durationSchema, default: '24h' },
      verified: {
        type: 'boolean',
        default: false,
        description: 'true: only backups that were restored count',
      },
    },
    additionalProperties: false,
  },
  read: (entry, { report, writers }) => {
    if (!writers.exist) report('/backup', 'no backup can ever count: nobody has a role of "records.writers"');
    const settings = mapOf(entry, 'backup');
    const verified = child(settings, 'verified');
    return {
      maxAge: readDuration(settings, 'maxAge', { pointer: '/backup/maxAge', report }) ?? day,
      isVerified: verified?.kind === 'scalar' && verified.value === true,
    };
  },
  evaluate: evaluateBackup,
});

function evaluateBackup({ maxAge, isVerified }: BackupConfig, facts: GateFacts): GateAnswer {
  const { backups, environment, now } = facts;
  const help = `stk evidence backup --env ${environment} --size … --location …${isVerified ? ' --verified' : ''}`;
  if (backups?.known !== true)
    return {
      verdict: 'error',
      sentence: `The records of backups cannot be read: ${backups?.why ?? 'they were not requested'}.`,
      evidence: [],
    };
  const counting = backups.value.filter(({ record }) => record.verified || !isVerified);
  const newest = counting.toSorted((a, b) => b.record.at - a.record.at)[0];
  const what = isVerified ? 'verified backup' : 'backup';
  if (newest === undefined) {
    const left = backups.value.length === 0 ? '' : ` ${backups.value.length} are recorded, but not verified.`;
    return {
      verdict: 'pending',
      sentence: `No ${what} of ${environment} is recorded.${left}`,
      evidence: [],
      help,
    };
  }
  const { record, path } = newest;
  const said = `The newest ${what} of ${environment} is from ${describeTime(record.at)}, by ${record.by}`;
  const age = now - record.at;
  if (age > maxAge)
    return {
      verdict: 'pending',
      sentence: `${said}, ${describeDuration(age)} old; at most ${describeDuration(maxAge)} is allowed.`,
      evidence: [path],
      help,
    };
  return { verdict: 'pass', sentence: `${said}.`, evidence: [path], again: record.at + maxAge + 1 };
}
