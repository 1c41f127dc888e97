// NULLs that a statement makes of what callers may send: what the check says, beside what PostgreSQL then really does.
import { expect, it } from '@jest/globals';
import { describeOnEachEngine } from '../support/database.ts';
import { judgeChanges } from '../support/judge-changes.ts';
import { ledger, ledgerBreaking } from '../support/ledger.ts';

describeOnEachEngine('the check of a release that makes NULLs', (engine) => {
  const opened = judgeChanges(engine, ledger, {
    breaking: ledgerBreaking,
    harmless: [{ title: 'a default', sql: "alter table entries alter note set default 'x'" }],
  });

  it('blocks what the caller chooses, warns of what rows decide, and says which', async () => {
    const { findings } = await opened().change([
      'alter table entries alter amount set not null, alter amount set default 1',
      "alter table entries alter hint set not null, alter hint set default 'x'",
    ]);
    expect(findings).toMatchObject([
      { severity: 'block', expected: "a column that takes NULL: the input amount may be '0'" },
      { severity: 'warn', expected: 'a column that takes NULL, which some values or rows lead to' },
    ]);
  });
});
