// What a trigger makes of an answer, when it fires, and what follows: on facts alone.
import { describe, expect, it } from '@jest/globals';
import type { ExecuteOutcome } from '../../../src/database/database.ts';
import type { TriggerTest } from '../../../src/model/pipeline/trigger.ts';
import { decideTrigger, type FiringFacts } from '../../../src/reconciler/triggers/decide-trigger.ts';
import { readFiles } from '../../../src/reconciler/triggers/kinds/files.ts';
import { readHealth } from '../../../src/reconciler/triggers/kinds/health.ts';
import { readIntegrity, refuseQuestion } from '../../../src/reconciler/triggers/kinds/integrity.ts';
import { readPrometheus } from '../../../src/reconciler/triggers/kinds/prometheus.ts';
import { readSmoke } from '../../../src/reconciler/triggers/kinds/smoke.ts';
import { bad, failed, good } from '../../../src/reconciler/triggers/reading.ts';
import { beginWatch, isDue, nextWatch, type Watch } from '../../../src/reconciler/triggers/watch.ts';
import { loadSqlParser, prepareStatement } from '../../../src/sql/prepare-statement.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('the answer to a question is read', () => {
  it('of health: bad without a database, or where the release does not fit it', () => {
    const here = { release: 'v2', isHealthy: false, isReachable: false, fits: true };
    expect(readHealth({ ...here, isHealthy: true }).kind).toBe('good');
    expect(readHealth(here)).toEqual(bad('Its database does not answer.'));
    expect(readHealth({ ...here, isReachable: true, fits: false }).sentence).toContain('v2 does not fit');
  });

  it('of smoke tests: bad with the test that failed; none are no fault', () => {
    const passed = {
      name: 'page',
      kind: 'http',
      outcome: 'passed',
      attempts: 1,
      durationMs: 1,
    } as const;
    expect(readSmoke({ isPassed: true, tests: [passed] }).kind).toBe('good');
    expect(readSmoke({ isPassed: true, tests: [] }).kind).toBe('good');
    const tests = [{ ...passed, outcome: 'failed', expected: 'status 200', got: 'status 503' } as const];
    expect(readSmoke({ isPassed: false, tests })).toEqual(
      bad('The smoke test "page" failed: expected status 200, got status 503.'),
    );
  });

  it('of the database: one value, and no other is shown than a number or a truth value', () => {
    const test = { kind: 'integrity', sql: 'select 1', expect: 0, everyMs: minute } as const;
    const done = (...rows: string[]): ExecuteOutcome => ({ kind: 'done', rows, count: rows.length });
    expect(readIntegrity(test, done('{"n":0}')).kind).toBe('good');
    expect(readIntegrity(test, done('{"n":"0"}')).kind).toBe('good');
    expect(readIntegrity(test, done('{"n":3}')).sentence).toBe('The statement gives 3, and 0 is expected.');
    expect(readIntegrity(test, done('{"n":"ada@example.com"}'))).toEqual(
      bad('The statement gives another value, and 0 is expected.'),
    );
    expect(readIntegrity({ ...test, expect: null }, done('{"n":null}')).kind).toBe('good');
    for (const rows of [[], ['{"a":0,"b":0}'], ['{"n":0}', '{"n":0}']])
      expect(readIntegrity(test, done(...rows)).kind).toBe('error');
    expect(readIntegrity(test, { kind: 'unavailable', message: 'gone', busy: false }).kind).toBe('error');
    expect(readIntegrity(test, { kind: 'too-many-rows' }).kind).toBe('error');
  });

  it.each([
    ['select count(*) from orders', undefined],
    ['with a as (select 1 as n) select n from a', undefined],
    ['select 1; select 2', '2 statements'],
    ['with a as (delete from orders returning 1) select * from a', 'only may read'],
    ['select 1 into copied', 'only may read'],
    ['select 1 from orders for update', 'only may read'],
    ['select 1 from', 'does not parse'],
  ])('only where the statement is one SELECT: %s', async (sql, why) => {
    await loadSqlParser();
    const refused = refuseQuestion(prepareStatement(sql).analysis);
    if (why === undefined) expect(refused).toBeUndefined();
    else expect(refused).toContain(why);
  });

  it('of files: what was not looked at is an error, not a fault', () => {
    expect(readFiles([]).kind).toBe('good');
    const problem = { code: 'FIL002', file: 'a.json', why: '/name does not fit the schema' } as const;
    expect(readFiles([problem, problem]).sentence).toBe(
      'FIL002: a.json: /name does not fit the schema. 1 more are wrong.',
    );
    expect(readFiles([problem, { ...problem, isUnseen: true }]).kind).toBe('error');
  });

  it('of Prometheus: the largest value counts, and no series is no value', () => {
    const test = { kind: 'prometheus', url: '', query: 'q', above: 0.01, forMs: minute } as const;
    expect(readPrometheus(test, [0.001, 0.01]).kind).toBe('good');
    expect(readPrometheus(test, [0, 0.02]).kind).toBe('bad');
    expect(readPrometheus(test, [Number.NaN]).kind).toBe('good');
    expect(readPrometheus(test, []).kind).toBe('good');
  });
});

describe('a trigger', () => {
  const test: TriggerTest = { kind: 'smoke', everyMs: minute, forMs: 5 * minute };
  /** Looks at these minutes; gives what was told, and where it ends. */
  function run(
    readings: readonly (readonly [number, ReturnType<typeof good>])[],
    from: Watch = beginWatch,
    cutOff: readonly number[] = [],
  ) {
    let watch = from;
    const told: string[] = [];
    for (const [at, reading] of readings) {
      const next = nextWatch(watch, test, {
        reading,
        now: at * minute,
        isReachable: !cutOff.includes(at),
      });
      watch = next.watch;
      told.push(...next.told.map(({ event, since }) => `${at}: ${event} since ${since / minute}`));
    }
    return { watch, told };
  }
  const down = (...minutes: number[]) => minutes.map((at) => [at, bad('down')] as const);

  it('fires once it was bad for long enough without interruption, and tells it once', () => {
    const { told, watch } = run(down(10, 11, 12, 13, 14, 15, 16, 17));
    expect(told).toEqual(['15: trigger-fired since 15']);
    expect(watch.firingSince).toBe(15 * minute);
    expect(run([...down(10, 11, 12, 13), [14, good('up')], ...down(15, 16, 17, 18, 19)]).told).toEqual([]);
  });

  it('ends with the first good answer', () => {
    const { told } = run([...down(10, 11, 12, 13, 14, 15), [16, good('up')], [17, good('up')]]);
    expect(told).toEqual(['15: trigger-fired since 15', '16: trigger-ended since 15']);
  });

  it('counts no time that it did not see, as of a Hub that was stopped', () => {
    expect(run(down(10, 20, 21, 22, 23, 24)).told).toEqual([]);
    expect(run(down(10, 20, 21, 22, 23, 24, 25)).told).toEqual(['25: trigger-fired since 25']);
    // A clock that went back counts nothing either.
    expect(run(down(10, 11, 5, 6, 7, 8, 9)).told).toEqual([]);
  });

  it('tells a question that fails once, goes on as it was, and never fires by it', () => {
    const away = failed('no answer');
    expect(run([10, 11, 12, 13, 14, 15, 16, 17].map((at) => [at, away] as const)).told).toEqual([
      '10: trigger-error since 10',
    ]);
    const { told } = run([...down(10, 11, 12, 13, 14, 15), [16, away], [17, bad('down')], [18, good('up')]]);
    expect(told).toEqual([
      '15: trigger-fired since 15',
      '16: trigger-error since 16',
      '17: trigger-ended since 16',
      '18: trigger-ended since 15',
    ]);
  });

  it('goes on where another Hub has told that it fires', () => {
    const known = { ...beginWatch, firingSince: 3 * minute };
    expect(run(down(10), known).told).toEqual([]);
    expect(run([[10, good('up')]], known).told).toEqual(['10: trigger-ended since 3']);
  });

  it('blames no release for the time in which the database did not answer', () => {
    expect(run(down(10, 11, 12)).watch.blamedSince).toBe(10 * minute);
    expect(run(down(10, 11, 12), beginWatch, [12]).watch).toMatchObject({
      badSince: 10 * minute,
      blamedSince: undefined,
    });
    expect(run(down(10, 11, 12, 13), beginWatch, [11]).watch.blamedSince).toBe(12 * minute);
  });

  it('is asked when it is due', () => {
    const asked = { ...beginWatch, askedAt: 10 * minute };
    expect(isDue(beginWatch, test, 0)).toBe(true);
    expect(isDue(asked, test, 10 * minute + 59_999)).toBe(false);
    expect(isDue(asked, test, 11 * minute)).toBe(true);
    expect(isDue(asked, test, 9 * minute)).toBe(true);
  });
});

describe('what follows while a trigger fires', () => {
  const target = { environment: 'prod', release: 'v1', revision: 'r', since: '', fits: true, skipped: [] };
  const facts: FiringFacts = {
    now: 10 * hour,
    environment: 'prod',
    trigger: { do: 'rollback', withinMs: 2 * hour },
    served: { release: 'v2', class: 'promotion', activatedAt: 9 * hour },
    isLeader: true,
    isHalted: false,
    isFrozen: false,
    isDatabaseReachable: true,
    isBlamed: true,
    desired: 'v2',
    isBeingUndone: false,
    rolledBackAt: undefined,
    target,
  };

  it('is a rollback to the last release that is known to be good', () => {
    expect(decideTrigger(facts)).toEqual({ do: 'rollback', to: 'v1' });
    expect(decideTrigger({ ...facts, target: undefined })).toEqual({ do: 'ask-target' });
    expect(decideTrigger({ ...facts, served: { ...facts.served, class: 'hotfix' } }).do).toBe('rollback');
    expect(decideTrigger({ ...facts, isFrozen: true }).do).toBe('rollback');
    expect(decideTrigger({ ...facts, rolledBackAt: 9 * hour }).do).toBe('rollback');
  });

  it.each<[string, Partial<FiringFacts>, string]>([
    ['it is only to alert', { trigger: { do: 'alert', withinMs: hour } }, 'only alerts'],
    ['everything is halted', { isHalted: true }, 'halted'],
    ['another Hub leads', { isLeader: false }, 'lock'],
    [
      'the activation is longer ago than "within"',
      { served: { ...facts.served, activatedAt: 8 * hour - 1 } },
      '120 minutes',
    ],
    ['the database does not answer', { isDatabaseReachable: false }, 'database'],
    ['the database did not answer for a part of the time', { isBlamed: false }, 'counts anew'],
    [
      'what is served came by a rollback',
      { served: { ...facts.served, class: 'rollback' } },
      'never rolled back',
    ],
    ['a person moves the pointer', { desired: 'v3' }, 'that decision stands'],
    ['it was rolled back within the hour', { rolledBackAt: 9 * hour + 1 }, 'one rollback an hour'],
    ['it is being rolled back', { isBeingUndone: true }, 'already'],
    ['nobody can tell now whether a release fits', { target: { ...target, fits: null } }, 'cannot be told'],
  ])('is an alert while %s', (_, more, why) => {
    const decision = decideTrigger({ ...facts, ...more });
    expect(decision.do).toBe('alert');
    expect(JSON.stringify(decision)).toContain(why);
  });

  it('is a freeze where no release fits, with what would have to change; once it is frozen, an alert', () => {
    const none = {
      ...target,
      release: null,
      fits: null,
      skipped: [{ release: 'v1', why: 'it does not fit the database: COL001 public.a.b' }],
    };
    const decision = decideTrigger({ ...facts, target: none });
    expect(decision).toMatchObject({ do: 'freeze' });
    expect(JSON.stringify(decision)).toContain('v1: it does not fit the database: COL001 public.a.b');
    expect(decideTrigger({ ...facts, target: none, isFrozen: true }).do).toBe('alert');
    expect(decideTrigger({ ...facts, target: { ...none, skipped: [] } })).toMatchObject({ do: 'freeze' });
  });

  it('is a freeze where it is to freeze, whenever that is', () => {
    const freezing: FiringFacts = { ...facts, trigger: { do: 'freeze', withinMs: hour }, now: 99 * hour };
    expect(decideTrigger(freezing).do).toBe('freeze');
    expect(decideTrigger({ ...freezing, isHalted: true }).do).toBe('alert');
    expect(decideTrigger({ ...freezing, isFrozen: true }).do).toBe('alert');
  });
});
