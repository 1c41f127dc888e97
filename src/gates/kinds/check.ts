// Gate `check`: a recent enough check of this content is recorded as passed, with values within bounds.
import { defineGateKind } from '../define-gate-kind.ts';
import { describeDuration, describeTime } from '../describe-time.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { CheckRecord } from '../../model/pipeline/record.ts';
import { mapOf, mapsIn, numberOf, textOf } from '../../documents/yaml/tree-reader.ts';
import { readDuration } from '../../documents/project/judge-people.ts';
import { durationSchema } from '../../documents/schemas/value-schemas.ts';

interface Bound {
  readonly name: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

interface CheckConfig {
  readonly check: string;
  readonly bounds: readonly Bound[];
  readonly maxAge: number | undefined;
}

const limit = { type: 'number', description: 'a number' } as const;

export const checkKind = defineGateKind<CheckConfig>({
  kind: 'check',
  inHotfix: true,
  schema: {
    type: 'string',
    minLength: 1,
    maxLength: 128,
    description: 'the name of a check that `stk evidence check` records',
  },
  beside: {
    values: {
      type: 'object',
      description: 'bounds of its values, such as { coverage: { min: 80 } }',
      minProperties: 1,
      maxProperties: 100,
      additionalProperties: {
        type: 'object',
        description: 'the bounds of one value: min, max or both',
        minProperties: 1,
        properties: { min: limit, max: limit },
        additionalProperties: false,
      },
    },
    maxAge: durationSchema,
  },
  read: (entry, { writers, report }) => {
    if (!writers.exist) {
      const roles =
        writers.roles.length === 0 ? 'is empty' : `names ${writers.roles.join(', ')}, which nobody has`;
      report('/check', `no check can ever count: "records.writers" ${roles}`);
    }
    const bounds = mapsIn(mapOf(entry, 'values')).map(([name, node]): Bound => {
      const [min, max] = [numberOf(node, 'min'), numberOf(node, 'max')];
      if (min !== undefined && max !== undefined && min > max)
        report(`/values/${name}/min`, `no value is at least ${min} and at most ${max}`);
      return { name, min, max };
    });
    return {
      check: textOf(entry, 'check') ?? '',
      bounds,
      maxAge: readDuration(entry, 'maxAge', { pointer: '/maxAge', report }),
    };
  },
  evaluate: ({ check, bounds, maxAge }, { evidence, release, now }): GateAnswer => {
    if (!evidence.known)
      return { verdict: 'error', sentence: `The records cannot be read: ${evidence.why}`, evidence: [] };
    const values = bounds.map(({ name }) => ` --value ${name}=…`).join('');
    const help = `stk evidence check --release ${release.id} --name ${check} --status passed${values}`;
    const newest = evidence.value.checks.findLast(({ record }) => record.name === check);
    if (newest === undefined)
      return {
        verdict: 'pending',
        sentence: `No check "${check}" of ${release.id} is recorded.`,
        evidence: [],
        help,
      };
    const { record, path } = newest;
    const found = { evidence: [path], help };
    const said = describeRecord(record);
    if (record.status === 'failed') return { ...found, verdict: 'fail', sentence: `${said} failed.` };
    const broken = bounds
      .map((bound) => judgeValue(bound, record.values.get(bound.name)))
      .filter((why) => why !== undefined);
    if (broken.length > 0)
      return { ...found, verdict: 'fail', sentence: `${said} passed, but ${broken.join(' and ')}.` };
    if (maxAge === undefined) return { verdict: 'pass', sentence: `${said} passed.`, evidence: [path] };
    if (now - record.at > maxAge) {
      const age = describeDuration(now - record.at);
      const sentence = `${said} passed, but is ${age} old; at most ${describeDuration(maxAge)} is allowed.`;
      return { ...found, verdict: 'pending', sentence };
    }
    return { verdict: 'pass', sentence: `${said} passed.`, evidence: [path], again: record.at + maxAge + 1 };
  },
});

function describeRecord({ name, runId, at, by }: CheckRecord): string {
  return `Check "${name}"${runId === undefined ? '' : `, run ${runId},`} of ${describeTime(at)} by ${by}`;
}

/** Why the value is out of bounds; `undefined` when it is within them. */
function judgeValue({ name, min, max }: Bound, value: number | undefined): string | undefined {
  if (value === undefined) return `it has no value "${name}"`;
  if (min !== undefined && value < min) return `${name} is ${value} and must be at least ${min}`;
  if (max !== undefined && value > max) return `${name} is ${value} and must be at most ${max}`;
  return undefined;
}
