// Compares what operations did before a change with what they do after it, and tells a failed trial for people.
import type { Finding } from '../../../src/model/finding.ts';
import type { RandomChange } from './random-additions.ts';
import type { Outcome, Outcomes } from './random-rig.ts';
import type { RandomSchema } from './random-schema.ts';
import { writeSchema } from './random-schema-sql.ts';
import type { RandomOperation } from './random-statement.ts';

export interface Trial {
  readonly schema: RandomSchema;
  readonly operations: readonly RandomOperation[];
  readonly changes: readonly RandomChange[];
  readonly before: Outcomes;
  readonly after: Outcomes;
  readonly findings: readonly Finding[];
}

/** Operations that fail now, or whose rows or types are others. More columns than before are not reported. */
export function findChanged(before: Outcomes, after: Outcomes): string[] {
  return findWhere(before, after, (old, now) => !isSame(old, now));
}

/**
 * Operations that fail now for what the schema is, not for the data: undefined or ambiguous names, missing privileges,
 * wrong types, missing values, values that do not fit any more; or that answer other types.
 */
export function findNewFailures(before: Outcomes, after: Outcomes): string[] {
  return findWhere(before, after, (old, now) => {
    if (now.kind === 'done')
      return old.kind === 'done' && old.types.some((type) => !now.types.includes(type));
    return /^(42|0A|22|25006|23502|3F000)/.test(now.sqlstate);
  });
}

function findWhere(
  before: Outcomes,
  after: Outcomes,
  isHit: (old: Outcome, now: Outcome) => boolean,
): string[] {
  return [...before].flatMap(([name, olds]) => {
    const nows = after.get(name) ?? [];
    return olds.some((old, i) => nows[i] === undefined || isHit(old, nows[i])) ? [name] : [];
  });
}

function isSame(old: Outcome, now: Outcome): boolean {
  if (old.kind !== 'done' || now.kind !== 'done' || old.rows !== now.rows) return false;
  return old.types.every((type) => now.types.includes(type));
}

export function tellTrial({ schema, operations, changes, before, after, findings }: Trial): string {
  const told = (outcomes: Outcomes, name: string): string => JSON.stringify(outcomes.get(name) ?? []);
  return [
    '-- schema',
    writeSchema(schema),
    '-- changes',
    ...changes.map(({ title, sql }) => `${sql}; -- ${title}`),
    '-- operations',
    ...operations.flatMap(({ name, sql, inputs }) => [
      `${name}: ${sql}`,
      `  inputs ${JSON.stringify(inputs.map(({ value, isOptional }) => (isOptional ? [value, null] : value)))}`,
      `  before ${told(before, name)}`,
      `  after  ${told(after, name)}`,
    ]),
    '-- findings',
    ...findings.map(
      ({ code, severity, object, actual, operations: hit }) =>
        `${severity} ${code} ${object}: ${actual} (${hit.join(' ')})`,
    ),
  ].join('\n');
}
