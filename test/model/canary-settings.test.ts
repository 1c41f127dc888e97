import { describe, expect, it } from '@jest/globals';
import {
  parseProjectIdentity,
  readProjectIdentity,
} from '../../src/documents/project/read-project-identity.ts';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { usesPipeline } from '../../src/documents/project/uses-pipeline.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import type { CanarySettings } from '../../src/model/pipeline/canary.ts';
import { formatProblems } from '../../src/model/problem.ts';
import type { Project } from '../../src/model/project.ts';

const production = `    database: { urlFrom: PROD_URL, schema: shop, role: app }
    compatibility: strict
    onDrift: refuse-writes
    migrationLock: 42
    hub: https://hub.example.com
    hubs: [https://a.example.com]
    trust: required
    gates: { ops: { approval: { role: release-approver } }, again: { approval: { role: ci } } }
`;
const people = `people: { release-approver: [ada@example.com, bob@example.com], ci: [ci@example.com, x@example.com] }\n`;

/** production, and canary with these lines. */
const text = (canary: string, more = '') =>
  `project: shop\nenvironments:\n  production:\n${production}  canary:\n${canary
    .split('\n')
    .map((line) => `    ${line}\n`)
    .join('')}${more}${people}`;

const parse = (canary: string, more = '') =>
  parseProject(text(canary, more), { file: 'stk.yaml', gateKinds });

function projectOf(canary: string): Project {
  const parsed = parse(canary);
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  return parsed.value;
}

function canaryOf(canary: string): CanarySettings {
  const found = projectOf(canary).pipeline.environments.get('canary')?.canary;
  if (found === undefined) throw new Error('there is no canary');
  return found;
}

function problemsOf(canary: string, more = ''): string[] {
  const parsed = parse(canary, more);
  return parsed.ok ? [] : parsed.problems.map((one) => `${one.line}:${one.column} ${one.message}`);
}

const minute = 60_000;

describe('a canary in stk.yaml', () => {
  it('has a tenth of the calls by subject, and no analysis, where it says nothing but of what', () => {
    expect(canaryOf('of: production')).toEqual({
      of: 'production',
      steps: [{ weight: 10, forMs: 0 }],
      sticky: { kind: 'subject' },
      analysis: undefined,
    });
  });

  it('has the defaults of an analysis that is empty', () => {
    expect(canaryOf('of: production\nanalysis: {}').analysis).toEqual({
      minimumMs: 30 * minute,
      maximumMs: 120 * minute,
      warmUp: { ms: minute, requests: 100 },
      gates: [
        {
          name: 'errors',
          test: { kind: 'errorRate', increase: 0.01 },
          onBreach: 'rollback',
          dryRun: false,
        },
        {
          name: 'refusals',
          test: { kind: 'refusalRate', increase: 0.01 },
          onBreach: 'pause',
          dryRun: false,
        },
        {
          name: 'latency',
          test: { kind: 'latency', quantile: 0.99, increase: 0.1 },
          onBreach: 'pause',
          dryRun: false,
        },
        {
          name: 'availability',
          test: { kind: 'availability', atLeast: 0.999 },
          onBreach: 'rollback',
          dryRun: false,
        },
        {
          name: 'health',
          test: { kind: 'health', forMs: 5 * minute },
          onBreach: 'rollback',
          dryRun: false,
        },
      ],
      source: { kind: 'hub' },
      onNoData: 'rollback',
      override: ['release-approver', 'ci'],
    });
  });

  it('reads every key', () => {
    const canary = canaryOf(`of: production
steps: [{ weight: 0.5, for: 10m }, { weight: 10, for: 20m }]
sticky: { header: X-Session }
analysis:
  maximum: 1h
  warmUp: { time: 5s, requests: 0 }
  gates:
    a: { errorRate: { increase: 0.5pp }, dryRun: true }
    b: { refusalRate: {}, onBreach: alert }
    c: { latency: { quantile: 0.95, increase: 120% } }
    d: { availability: { atLeast: 99.95% } }
    e: { unhealthyFor: 30s, onBreach: pause }
    f: { prometheus: { query: 'avg(score)', compare: stable, increase: 2% } }
  source: { prometheus: "http://127.0.0.1:9090" }
  onNoData: alert
  override: []`);
    expect(canary).toMatchObject({
      steps: [
        { weight: 0.5, forMs: 10 * minute },
        { weight: 10, forMs: 20 * minute },
      ],
      sticky: { kind: 'header', name: 'x-session' },
      analysis: {
        // The last step's `for` is the least time, where `minimum` does not say another.
        minimumMs: 20 * minute,
        maximumMs: 60 * minute,
        warmUp: { ms: 5000, requests: 0 },
        source: { kind: 'prometheus', url: 'http://127.0.0.1:9090' },
        onNoData: 'alert',
        override: [],
      },
    });
    expect(canary.analysis?.gates.map(({ test, onBreach, dryRun }) => [test, onBreach, dryRun])).toEqual([
      [{ kind: 'errorRate', increase: 0.005 }, 'rollback', true],
      [{ kind: 'refusalRate', increase: 0.01 }, 'alert', false],
      [{ kind: 'latency', quantile: 0.95, increase: 1.2 }, 'pause', false],
      [{ kind: 'availability', atLeast: 0.9995 }, 'rollback', false],
      [{ kind: 'health', forMs: 30_000 }, 'pause', false],
      [{ kind: 'metric', query: 'avg(score)', increase: 0.02 }, 'alert', false],
    ]);
  });

  it('lets nobody promote an undecided canary by hand where override says none', () => {
    for (const override of ['none', '[]'])
      expect(canaryOf(`of: production\nanalysis: { override: ${override} }`).analysis?.override).toEqual([]);
    expect(problemsOf('of: production\nanalysis: { override: release-approver }').join()).toContain(
      'expected roles that may promote an undecided canary, or none',
    );
  });

  it('shares the database and what guards it, unless it says otherwise', () => {
    const { environments, pipeline } = projectOf('of: production\ncompatibility: normal');
    const own = environments.get('production');
    expect(environments.get('canary')).toEqual({
      ...own,
      name: 'canary',
      of: 'production',
      compatibility: 'normal',
    });
    expect(pipeline.environments.get('canary')).toMatchObject({
      hub: { url: 'https://hub.example.com' },
      hubs: ['https://a.example.com'],
      signatures: 'required',
      gates: [],
    });
    expect(usesPipeline(text('of: production'))).toBe(true);
  });

  it('is reached by the command line where the other environment is', () => {
    for (const read of [readProjectIdentity, parseProjectIdentity]) {
      const { of, hubs, urlFrom } = read(text('of: production'));
      expect([of.get('canary'), hubs.get('canary'), urlFrom.get('canary')]).toEqual([
        'production',
        'https://hub.example.com',
        'PROD_URL',
      ]);
    }
  });

  it('comes with what promotes a release and watches it afterwards', () => {
    const parsed = parse(
      'of: production',
      '  dev: { database: { embedded: true } }\n  next: { database: { embedded: true }, from: dev, auto: { when: gates }, bake: { for: 1h, onBreach: rollback } }\n  last: { database: { embedded: true }, bake: {} }\n',
    );
    if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
    const { environments } = parsed.value.pipeline;
    expect(environments.get('next')).toMatchObject({
      auto: { schedule: undefined, choose: { kind: 'served' } },
      bake: { forMs: 60 * minute, onBreach: 'rollback' },
    });
    expect(environments.get('last')).toMatchObject({ bake: { forMs: 15 * minute, onBreach: 'alert' } });
    expect(environments.get('dev')?.bake).toBeUndefined();
  });
});

describe('mistakes of a canary in stk.yaml', () => {
  // The lines of canary begin at line 13; column 5 is that of its keys.
  it.each([
    ['of: prodution', '13:9 there is no environment "prodution"; did you mean "production"?'],
    ['of: canary', '13:9 "canary" cannot be a canary of itself: name another environment'],
    [
      'of: production\ndatabase: { embedded: true }',
      '13:5 expected only one of "database" or "of", not both',
    ],
    ['weight: 5\ndatabase: { embedded: true }', '13:13 "weight" belongs to an environment with "of"'],
    ['of: production\nweight: 51', '14:13 51 is out of bounds: expected 0 to 50'],
    ['of: production\nweight: -1', '14:13 -1 is out of bounds: expected 0 to 50'],
    ['of: production\nwieght: 5', '14:5 unknown key "wieght"; did you mean "weight"?'],
    [
      'of: production\nweight: 5\nsteps: [{ weight: 1 }]',
      '14:13 "weight" and "steps" exclude each other: a single weight is one step',
    ],
    [
      'of: production\nsteps: [{ weight: 10, for: 1m }, { weight: 5 }]',
      '14:48 5 follows 10: each step has a larger weight than the one before',
    ],
    [
      'of: production\nsteps: [{ weight: 1 }, { weight: 5 }]',
      '14:13 "for" is missing: only the last step needs none, because the analysis ends it',
    ],
    ['of: production\nsteps: []', '14:12 expected at least 1 here: weights in order'],
    [
      'of: production\nsticky: session',
      '14:13 "session" does not fit: expected subject, { header: NAME } or none',
    ],
    [
      'of: production\nsticky: { header: "a b" }',
      '14:23 "a b" does not fit: expected the name of a request header',
    ],
    [
      'of: production\nmigrationLock: 1',
      '14:20 "migrationLock" is set by production, because it uses the same database',
    ],
    [
      'of: production\nhub: https://x.example.com',
      '14:10 "hub" is set by production, because the same Hub serves it',
    ],
    [
      'of: production\ntrust: none',
      '14:12 production requires signatures, and its callers get releases from here',
    ],
    [
      'of: production\nauto: { when: gates }',
      '14:11 "auto" needs "from": no environment comes before canary',
    ],
    [
      'of: production\nauto: { when: always }',
      '14:19 "always" is not possible here: expected gates or schedule',
    ],
    [
      'of: production\nbake: { onBreach: pause }',
      '14:23 "pause" is not possible here: expected alert or rollback',
    ],
    [
      'of: production\nanalysis: { minimum: 3h, maximum: 2h }',
      '14:39 the maximum is shorter than the minimum',
    ],
    [
      'of: production\nanalysis: { onNoData: roll }',
      '14:27 "roll" is not possible here: expected rollback or pause',
    ],
    ['of: production\nanalysis: { override: [ceo] }', '14:28 "people" has no role "ceo"'],
    [
      'of: production\nanalysis: { source: prometheus }',
      '14:25 "prometheus" does not fit: expected hub, or { prometheus: URL }',
    ],
    [
      'of: production\nanalysis: { source: { prometheus: "http://u:p@h/" } }',
      '14:39 the URL contains credentials',
    ],
    ['of: production\nanalysis: { gates: {} }', '14:24 expected at least 1 here'],
    [
      'of: production\nanalysis: { gates: { a: { errorrate: {} } } }',
      '14:31 unknown key "errorrate"; did you mean "errorRate"?',
    ],
    [
      'of: production\nanalysis: { gates: { a: { errorRate: {}, latency: {} } } }',
      '14:29 expected only one of',
    ],
    [
      'of: production\nanalysis: { gates: { a: { errorRate: { increase: 1% } } } }',
      '14:54 "1%" does not fit: expected percentage points such as 1pp',
    ],
    [
      'of: production\nanalysis: { gates: { a: { errorRate: { increase: 0pp } } } }',
      '14:54 0pp is out of bounds',
    ],
    [
      'of: production\nanalysis: { gates: { a: { errorRate: { increase: 101pp } } } }',
      '14:54 101pp is out of bounds',
    ],
    [
      'of: production\nanalysis: { gates: { a: { latency: { increase: 1pp } } } }',
      '14:52 "1pp" does not fit: expected per cent',
    ],
    [
      'of: production\nanalysis: { gates: { a: { availability: { atLeast: 100% } } } }',
      '14:56 no number of calls proves 100%',
    ],
    [
      'of: production\nanalysis: { gates: { a: { prometheus: { query: q, increase: 2% }, onBreach: rollback } } }',
      '14:81 a gate on "prometheus" can only alert',
    ],
  ])('%j', (canary, expected) => {
    expect(problemsOf(canary).join('\n')).toContain(expected);
  });

  it('are two canaries of one environment, and a canary of a canary', () => {
    expect(problemsOf('of: production', '  second: { of: production }\n')).toEqual([
      '14:17 "canary" is of production already: an environment has one canary at most',
    ]);
    expect(problemsOf('of: production', '  second: { of: canary }\n')).toEqual([
      '14:17 "canary" has "of" itself: name the environment with the database',
    ]);
  });

  it('are no gate that rolls back, a query that nobody asks, and a last step that says another time: allowed, and told', () => {
    const score = 'b: { prometheus: { query: q, increase: 2% } }';
    const gates = `analysis: { minimum: 5m, gates: { a: { refusalRate: {} }, ${score} } }`;
    const { warnings } = projectOf(`of: production\nsteps: [{ weight: 1, for: 10m }]\n${gates}`).pipeline;
    expect(warnings.map(({ message }) => message)).toEqual([
      'the last step ends by this time, not by its own "for"',
      'none of these gates rolls back: a canary that fails stays where it is',
      'nobody asks this query: "source" names no Prometheus server, such as { prometheus: http://127.0.0.1:9090 }',
    ]);
  });
});
