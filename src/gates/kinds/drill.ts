// Gate `drill`: a rollback of this release was rehearsed for real in an earlier environment, recently enough.
import { defineGateKind } from '../define-gate-kind.ts';
import { describeDuration, describeTime } from '../describe-time.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts } from '../../model/pipeline/gate-facts.ts';
import { readDuration } from '../../documents/project/judge-people.ts';
import { durationSchema } from '../../documents/schemas/value-schemas.ts';
import { mapOf } from '../../documents/yaml/tree-reader.ts';

interface DrillConfig {
  /** `undefined` for any age. */
  readonly maxAge: number | undefined;
  readonly from: readonly string[];
}

export const drillKind = defineGateKind<DrillConfig>({
  kind: 'drill',
  inHotfix: false,
  schema: {
    type: 'object',
    description: 'a rollback of this release was rehearsed: { maxAge: 7d }',
    properties: { maxAge: durationSchema },
    additionalProperties: false,
  },
  read: (entry, { report, from }) => ({
    maxAge: readDuration(mapOf(entry, 'drill'), 'maxAge', { pointer: '/drill/maxAge', report }),
    from,
  }),
  evaluate: evaluateDrill,
});

function evaluateDrill({ maxAge, from }: DrillConfig, { evidence, release, now }: GateFacts): GateAnswer {
  if (!evidence.known)
    return { verdict: 'error', sentence: `The records cannot be read: ${evidence.why}`, evidence: [] };
  const help = `stk drill run --env ${from[0] ?? '…'}`;
  const drills = (evidence.value.drills ?? []).filter(
    ({ record }) => from.length === 0 || from.includes(record.environment),
  );
  const newest = drills.at(-1);
  if (newest === undefined)
    return {
      verdict: 'pending',
      sentence: `No rollback drill of ${release.id} is recorded.`,
      evidence: [],
      help,
    };
  const { record, path } = newest;
  const said = `The rollback drill of ${release.id} in ${record.environment} of ${describeTime(record.at)} ${record.result}`;
  if (record.result === 'failed') return { verdict: 'fail', sentence: `${said}.`, evidence: [path], help };
  if (maxAge === undefined) return { verdict: 'pass', sentence: `${said}.`, evidence: [path] };
  const age = now - record.at;
  if (age > maxAge) {
    const sentence = `${said}, but is ${describeDuration(age)} old; at most ${describeDuration(maxAge)} is allowed.`;
    return { verdict: 'pending', sentence, evidence: [path], help };
  }
  return { verdict: 'pass', sentence: `${said}.`, evidence: [path], again: record.at + maxAge + 1 };
}
