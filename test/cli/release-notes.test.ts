// Release notes, filled from the release and its records; what nobody said is a line that says so.
import { describe, expect, it } from '@jest/globals';
import { formatNotes, writeNotes, type NotesFacts } from '../../src/cli/print/release-notes.ts';

const facts: NotesFacts = {
  release: 'v1.2.3',
  createdAt: '2026-11-29T13:00:00+01:00',
  notes:
    'Faster checkout.\n\nScope:\n- orders\n- carts\n\n## Risk\nthe new index\n\nRollback: no migration\n',
  since: { release: 'v1.2.2', ref: 'abc1234' },
  changes: ['operations: + orders.place  …'],
  checks: [
    { name: 'unit-tests', passed: true, run: '12345' },
    { name: 'e2e', passed: false, run: undefined },
  ],
  approvals: [{ environment: 'canary', by: 'ada@example.com' }],
  served: [
    { environment: 'dev', at: '2026-11-29T12:30:00.000Z', failed: false },
    { environment: 'staging', at: '2026-11-29T12:40:00.000Z', failed: true },
  ],
  owners: ['grace@example.com'],
};

describe('release notes', () => {
  it('fill the template', () => {
    expect(formatNotes(writeNotes(facts)).split('\n')).toEqual([
      'Release: v1.2.3',
      'Date: 2026-11-29T12:00:00.000Z',
      'Scope:',
      '- orders',
      '- carts',
      '- since v1.2.2, operations: + orders.place  …',
      '',
      'Risk:',
      '- the new index',
      '',
      'Validation:',
      '- unit-tests: pass (run 12345)',
      '- e2e: fail',
      '- served in dev since 2026-11-29T12:30:00.000Z, no smoke test failed',
      '- smoke tests in staging: fail',
      '- approved for canary: ada@example.com',
      '',
      'Rollback:',
      '- previous revision: abc1234 (v1.2.2)',
      '- trigger owner: grace@example.com',
      '- no migration',
    ]);
  });

  it('say what nobody said', () => {
    const nothing = {
      notes: '',
      since: undefined,
      changes: undefined,
      checks: [],
      approvals: [],
      served: [],
      owners: [],
    };
    expect(writeNotes({ ...facts, ...nothing })).toEqual({
      release: 'v1.2.3',
      date: '2026-11-29T12:00:00.000Z',
      scope: ['not stated; write "Scope:" into the notes of the release'],
      risk: ['not stated; write "Risk:" into the notes of the release'],
      validation: ['no check and no approval was recorded'],
      rollback: [
        'previous revision: there is no release before this one',
        'trigger owner: nobody; name people.incident-commander in stk.yaml',
      ],
    });
  });
});
