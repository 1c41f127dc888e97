// What `stk auto status` prints of the Hub's answer.
import { describe, expect, it } from '@jest/globals';
import { readAuto } from '../../src/cli/hub/auto-answer.ts';
import { formatAuto } from '../../src/cli/print/auto-report.ts';

const answer = {
  environment: 'stable',
  when: 'schedule',
  schedule: { cron: '0 * * * *', timeZone: 'UTC' },
  choose: 'served',
  next: '2026-11-30T05:00:00.000Z',
  would: 'wait',
  release: 'v2',
  source: null,
  sentence: 'Frozen by fair: the fair.',
  acts: false,
  attempts: Array.from({ length: 6 }, (_, i) => ({
    moment: `2026-11-30T0${4 - Math.min(i, 4)}:00:00.000Z`,
    at: '2026-11-30T04:00:03.000Z',
    did: i === 0 ? 'promoted' : 'waited',
    release: i === 5 ? 'oldest' : null,
    sentence: 'Promoted from v1 to v2: every gate passed.',
  })),
};

describe('stk auto status', () => {
  it('says what would happen, when and why, and what came of five moments', () => {
    const text = formatAuto(readAuto(answer));
    expect(text).toContain(
      'stable: does not promote v2; next at 2026-11-30T05:00:00.000Z (0 * * * * UTC); chooses served',
    );
    expect(text).toContain('Frozen by fair: the fair.');
    expect(text).toContain('Another Hub');
    expect(text).toMatch(/2026-11-30T04:00:00.000Z +promoted/);
    expect(text).not.toContain('oldest');
  });

  it('says as soon as the gates pass where there is no schedule', () => {
    const text = formatAuto(
      readAuto({
        ...answer,
        when: 'gates',
        schedule: null,
        next: null,
        would: 'promote',
        source: 'next',
        attempts: [],
      }),
    );
    expect(text.split('\n')[0]).toBe(
      'stable: would promote v2 from next; as soon as the gates pass; chooses served',
    );
  });
});
