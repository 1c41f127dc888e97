// NULLs that a statement makes of what callers may send: what the check says, beside what PostgreSQL then really does.
import { describe, expect, it } from '@jest/globals';
import { readOutcome } from '../../src/compatibility/nulls/null-outcome.ts';
import type { NullForm } from '../../src/sql/statement.ts';
import { describeOnChosenEngines } from '../support/databases/database.ts';
import { judgeChanges } from '../support/check/judge-changes.ts';
import { nullValues, nullValuesBreaking } from '../support/schemas/null-values.ts';

describeOnChosenEngines('the check of a release that makes NULLs', (engine) => {
  const opened = judgeChanges(engine, nullValues, {
    breaking: nullValuesBreaking,
    harmless: [{ title: 'a default', sql: "alter table entries alter note set default 'x'" }],
  });

  it('blocks what the caller chooses, warns of what rows decide, and says which', async () => {
    const { findings } = await opened().change([
      'alter table entries alter amount set not null, alter amount set default 1',
      "alter table entries alter hint set not null, alter hint set default 'x'",
    ]);
    expect(findings).toMatchObject([
      { severity: 'block', expected: "a column that accepts NULL: the input amount may be '0'" },
      { severity: 'warn', expected: 'a column that accepts NULL, which some values or rows cause' },
    ]);
  });
});

describe('a form of many parts', () => {
  const operands = Array.from({ length: 20 }, (): NullForm => ({ kind: 'null' }));
  const read = (left: number): { readonly outcome: string; readonly left: number } => {
    const effort = { left };
    const form: NullForm = { kind: 'first', operands };
    const outcome = readOutcome(form, { catalogue: { functions: [] }, omitted: new Set(), effort });
    return { outcome, left: effort.left };
  };

  it('is read as far as the effort goes, and unknown beyond it', () => {
    expect(read(30)).toEqual({ outcome: 'null', left: 9 });
    expect(read(20)).toEqual({ outcome: 'unknown', left: -1 });
  });
});
