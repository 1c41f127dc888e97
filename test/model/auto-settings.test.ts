// What stk.yaml says about automatic promotion: defaults, and mistakes with their place.
import { describe, expect, it } from '@jest/globals';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { formatProblems } from '../../src/model/problem.ts';

/** `auto` stands in line 7, in column 5. */
function parse(auto: string, from = 'next') {
  const text = `project: p
environments:
  next: { database: { embedded: true } }
  stable:
    database: { embedded: true }
    from: ${from}
    auto: ${auto}
`;
  return parseProject(text, { file: 'stk.yaml', gateKinds });
}

describe('auto in stk.yaml', () => {
  const settingsOf = (auto: string) => {
    const parsed = parse(auto);
    if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
    return parsed.value.pipeline.environments.get('stable')?.auto;
  };

  it('has defaults', () => {
    expect(settingsOf('{ when: gates }')).toEqual({ schedule: undefined, choose: { kind: 'served' } });
    expect(settingsOf('{ when: schedule, schedule: hourly }')).toMatchObject({
      schedule: { cron: '0 * * * *', timeZone: 'UTC' },
    });
  });

  it('takes a cron in a time zone and a range of versions', () => {
    const settings = settingsOf(
      '{ when: schedule, schedule: { cron: "30 2 * * *", timeZone: Europe/Berlin }, choose: { semver: ^1.4 } }',
    );
    expect(settings?.schedule?.starts.next(Date.UTC(2026, 6, 1))).toBe(Date.UTC(2026, 6, 1, 0, 30));
    const { choose } = settings ?? {};
    expect(choose?.kind === 'semver' && choose.versions.includes('v1.9.0')).toBe(true);
    expect(choose?.kind === 'semver' && choose.versions.includes('v2.0.0')).toBe(false);
  });
});

describe('mistakes of auto', () => {
  it.each([
    ['{ when: schedule }', '7:11: "when: schedule" needs "schedule", such as schedule: hourly'],
    ['{ when: gates, schedule: hourly }', '7:36: "schedule" needs "when: schedule"'],
    ['{ when: schedule, schedule: weekly }', '7:39: "weekly" does not fit'],
    ['{ when: schedule, schedule: { cron: "0 25 * * *" } }', '7:47: "0 25 * * *" is not a schedule'],
    ['{ when: schedule, schedule: { cron: "0 0 30 2 *" } }', '7:47: "0 0 30 2 *" never occurs'],
    ['{ when: schedule, schedule: { cron: "@hourly" } }', 'expected five fields'],
    [
      '{ when: schedule, schedule: { cron: "0 * * * *", timeZone: Europe/Berlln } }',
      '"Europe/Berlln" is not a time zone; did you mean "Europe/Berlin"?',
    ],
    ['{ when: gates, choose: oldest }', '7:34: "oldest" does not fit'],
    ['{ when: gates, choose: { semver: " " } }', '7:44: " " is not a range of versions, such as ^1.4'],
    ['{ when: gates, choose: { semver: "one" } }', '7:44: "one" is not a range of versions, such as ^1.4'],
    ['{ when: gates, chose: newest }', 'unknown key "chose"; did you mean "choose"?'],
  ])('%s is refused with its place', (auto, expected) => {
    const parsed = parse(auto);
    const said = parsed.ok ? '' : formatProblems(parsed.problems);
    expect(said).toContain(expected);
  });
});
