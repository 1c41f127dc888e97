import { describe, expect, it } from '@jest/globals';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { holdsRole, personOf } from '../../src/model/pipeline/people.ts';
import { aPolicy, day, parseGoverned, people, problemsOf } from '../support/gates/some-facts.ts';

const pipelineOf = (prod: string, rest = people) => {
  const parsed = parseGoverned(prod, rest);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.pipeline;
};

describe('the pipeline in stk.yaml', () => {
  it('is not used where none of its keys stands there, and has its defaults', () => {
    expect(pipelineOf('hub: https://hub.example.com', '')).toEqual({
      people: undefined,
      environments: new Map([
        ['dev', { environment: 'dev', from: [], gates: [], hub: undefined, hubs: [], signatures: 'none' }],
        [
          'prod',
          {
            environment: 'prod',
            from: [],
            gates: [],
            hub: { url: 'https://hub.example.com', tokenFrom: undefined },
            hubs: [],
            signatures: 'none',
          },
        ],
      ]),
      hotfix: { approvals: { role: 'release-approver', count: 2 }, closeWithin: day, keep: [] },
      freeze: { override: ['incident-commander'] },
      records: { branch: 'stk-records', writers: ['ci'], since: undefined },
      trust: {
        signatures: 'none',
        allowedSigners: 'trust/allowed_signers',
        gpgKeys: 'trust/gpg',
        hub: ['stk-hub@localhost'],
        forge: ['noreply@github.com'],
      },
      isUsed: false,
      warnings: [],
    });
  });

  it.each(['from: dev', 'gates: { ci: { check: ci } }', 'trust: required'])('is used with %s', (prod) => {
    expect(pipelineOf(prod, '').isUsed).toBe(true);
  });

  it.each(['people: {}', 'hotfix: {}', 'freeze: {}', 'records: {}', 'trust: {}'])(
    'is used with %s',
    (rest) => {
      expect(pipelineOf('onDrift: warn', `${rest}\n`).isUsed).toBe(true);
    },
  );

  it('reads every key', () => {
    const rest = `${people}hotfix: { approvals: { role: release-approver, count: 1 }, closeWithin: 2d, keep: [window, from] }
freeze: { override: [ci] }
records: { branch: ops/records, writers: [ci, reviewer], since: 0123abc }
trust: { signatures: required, gpgKeys: keys/gpg/, hub: [hub@example.com], forge: [] }
`;
    const { hotfix, freeze, records, trust, environments } = pipelineOf(
      'from: [dev]\nhub: { url: "https://hub.example.com", tokenFrom: TOKEN }\nhubs: [http://a.example.com]\ntrust: { signatures: none }\ngates: { a: { check: ci, maxAge: 7d } }',
      rest,
    );
    expect(hotfix).toEqual({
      approvals: { role: 'release-approver', count: 1 },
      closeWithin: 2 * day,
      keep: ['window', 'from'],
    });
    expect(freeze).toEqual({ override: ['ci'] });
    expect(records).toEqual({ branch: 'ops/records', writers: ['ci', 'reviewer'], since: '0123abc' });
    expect(trust).toMatchObject({
      signatures: 'required',
      gpgKeys: 'keys/gpg',
      hub: ['hub@example.com'],
      forge: [],
    });
    expect(environments.get('dev')?.signatures).toBe('required');
    expect(environments.get('prod')).toMatchObject({
      from: ['dev'],
      hub: { url: 'https://hub.example.com', tokenFrom: 'TOKEN' },
      hubs: ['http://a.example.com'],
      signatures: 'none',
      gates: [{ name: 'a', kind: 'check', settings: { check: 'ci', maxAge: '7d' }, inHotfix: true }],
    });
  });

  it('puts the gate that `from` implies first', () => {
    const { gates } = aPolicy('from: dev\ngates: { ci: { check: ci } }');
    expect(gates.map(({ name, kind, settings }) => [name, kind, settings])).toEqual([
      ['from', 'from', 'dev'],
      ['ci', 'check', { check: 'ci' }],
    ]);
  });
});

describe('mistakes of the pipeline in stk.yaml', () => {
  // The lines of prod begin at line 6; column 5 is that of its keys.
  it.each([
    ['an unknown environment', 'from: dve', '6:11 there is no environment "dve"; did you mean "dev"?'],
    ['one in a list', 'from: [dev, prd]', '6:17 there is no environment "prd"; did you mean "prod"?'],
    ['one twice', 'from: [dev, dev]', '6:17 "dev" is listed twice'],
    [
      'itself',
      'from: prod',
      '6:11 the environments form a circle, so nothing can enter one of them: prod from prod',
    ],
    [
      'two kinds',
      'gates: { a: { check: ci, soak: 2h } }',
      /^6:17 expected only one of "check" or "soak" or .*, not both$/,
    ],
    [
      'a key of another kind',
      'from: dev\ngates: { a: { soak: 2h, maxAge: 2h } }',
      '7:37 "maxAge" belongs to a gate of the kind "check", and this one is "soak"',
    ],
    [
      'a gate named from',
      'gates: { from: { check: ci } }',
      '6:20 "from" is the name of the gate that the key "from" makes: choose another name',
    ],
    [
      'soak without from',
      'gates: { a: { soak: 2h } }',
      '6:25 "soak" needs "from": no environment comes before prod, so nothing can be served there',
    ],
    [
      'a soak of nothing',
      'from: dev\ngates: { a: { soak: 0s } }',
      '7:25 0s is out of bounds: expected 1s to 3650d',
    ],
    [
      'an unknown role',
      'gates: { a: { approval: { role: reviewre } } }',
      '6:37 "people" has no role "reviewre"; did you mean "reviewer"?',
    ],
    [
      'more approvals than people',
      'gates: { a: { approval: { role: reviewer, count: 2 } } }',
      '6:29 2 approvals are required, and "reviewer" has 1 person',
    ],
    [
      'addresses counted as people',
      'gates: { a: { approval: { role: release-approver, count: 4 } } }',
      '6:29 4 approvals are required, and "release-approver" has 3 people',
    ],
    [
      'a window without times',
      'gates: { a: { window: { timeZone: UTC } } }',
      '6:27 one of "allow" or "deny" is missing',
    ],
    [
      'a schedule of four fields',
      'gates: { a: { window: { allow: [{ cron: "0 9 * * ", for: 8h }] } } }',
      '6:45 "0 9 * * " is not a schedule: expected five fields: minute, hour, day of the month, month, day of the week',
    ],
    [
      'an hour that is none',
      'gates: { a: { window: { allow: [{ cron: "0 25 * * *", for: 8h }] } } }',
      /^6:45 "0 25 \* \* \*" is not a schedule: /,
    ],
    [
      'an unknown time zone',
      'gates: { a: { window: { allow: [{ cron: "0 9 * * *", for: 8h }], timeZone: Europe/Berlni } } }',
      '6:80 "Europe/Berlni" is not a time zone; did you mean "Europe/Berlin"?',
    ],
    [
      'an expression that is none',
      'gates: { a: { expression: "1 +" } }',
      /^6:31 this is not a CEL expression that can be used: /,
    ],
    [
      'an unknown variable',
      'gates: { a: { expression: "relaese.id == \'v1\'" } }',
      '6:31 this is not a CEL expression that can be used: Unknown variable: relaese',
    ],
    [
      'an expression that gives a number',
      'gates: { a: { expression: "1 + 1" } }',
      '6:31 this is not a CEL expression that can be used: it gives int: expected true or false',
    ],
    [
      'loops in loops',
      'gates: { a: { expression: "checks.all(a, checks.all(b, a == b))" } }',
      '6:31 this is not a CEL expression that can be used: a comprehension (all, exists, map, filter) is not allowed inside another',
    ],
    [
      'bounds that exclude each other',
      'gates: { a: { check: ci, values: { x: { min: 2, max: 1 } } } }',
      '6:50 no value is at least 2 and at most 1',
    ],
    [
      'credentials in a URL',
      'hub: "https://a:b@example.com"',
      '6:10 the URL contains credentials: never put a secret into a file',
    ],
    [
      'a wrong mode',
      'trust: maybe',
      '6:12 "maybe" does not fit: expected none, required, or { signatures: … }',
    ],
  ] as const)('%s', (_, prod, expected) => {
    const [first, ...others] = problemsOf(prod);
    if (typeof expected === 'string') expect(first).toBe(expected);
    else expect(first).toMatch(expected);
    expect(others).toEqual([]);
  });

  it.each([
    ['records: { writers: [] }', 'no check can ever count: "records.writers" is empty'],
    [
      'people: { ci: [], ops: [a@example.com] }',
      'no check can ever count: "records.writers" names ci, which nobody has',
    ],
    ['people: {}', 'no check can ever count: "records.writers" names ci, which nobody has'],
  ])('a check gate with %s', (rest, expected) => {
    expect(problemsOf('gates: { a: { check: ci } }', `${rest}\n`)).toEqual([`6:26 ${expected}`]);
  });

  it.each([
    ['hotfix: { keep: [windwo] }', 'there is no gate kind "windwo"; did you mean "window"?'],
    ['hotfix: { approvals: { role: approver } }', '"people" has no role "approver"'],
    ['hotfix: { approvals: { count: 4 } }', '4 approvals are required, and "release-approver" has 3 people'],
    ['hotfix: { closeWithin: 1s }', '1s is out of bounds: expected 1m to 3650d'],
    [
      'freeze: { override: [incident-comander] }',
      '"people" has no role "incident-comander"; did you mean "incident-commander"?',
    ],
    ['records: { writers: [cii] }', '"people" has no role "cii"; did you mean "ci"?'],
    ['records: { branch: a.lock }', 'git allows no branch "a.lock"'],
    [
      'trust: { allowedSigners: ../x }',
      '"../x" contains an empty, "." or ".." step: expected a plain path inside the repository',
    ],
  ])('%s', (rest, expected) => {
    const problems = problemsOf('onDrift: warn', `${people}${rest}\n`);
    expect(problems.map((one) => one.replace(/^[0-9]+:[0-9]+ /, ''))).toEqual([expected]);
  });

  it('names the nearest kind', () => {
    expect(problemsOf('gates: { a: { chekc: ci } }')).toEqual([
      expect.stringMatching(/^6:17 one of "check" or "soak" or .* is missing$/),
      '6:19 unknown key "chekc"; did you mean "check"?',
    ]);
  });

  it('finds a circle over several environments, once', () => {
    const of = (name: string, from: string) => `  ${name}: { database: { embedded: true }, from: ${from} }\n`;
    const text = `project: shop\nenvironments:\n${of('d', 'a')}${of('a', '[b, c]')}${of('b', 'c')}${of('c', 'a')}`;
    const parsed = parseProject(text, { file: 'stk.yaml', gateKinds });
    expect(parsed.ok ? [] : parsed.problems.map(({ line, message }) => [line, message])).toEqual([
      [4, expect.stringContaining('a from c from a')],
    ]);
  });

  it('warns when everybody of a role must approve', () => {
    expect(pipelineOf('gates: { a: { approval: { role: reviewer } } }').warnings).toMatchObject([
      {
        line: 6,
        message: '"reviewer" has 1 person and all must approve: nothing that one of them wrote can ever pass',
      },
    ]);
    expect(pipelineOf('gates: { a: { approval: { role: reviewer, allowAuthor: true } } }').warnings).toEqual(
      [],
    );
  });
});

describe('people', () => {
  const { people: found } = pipelineOf(
    'onDrift: warn',
    'people: { a: [[x@example.com, Y@example.com]], b: [[y@example.com, z@example.com]], c: [w@example.com] }\n',
  );
  it('are one person over all addresses that lists join', () => {
    expect(personOf(found, 'Z@EXAMPLE.com')).toBe(personOf(found, 'x@example.com'));
    expect(personOf(found, 'w@example.com')).not.toBe(personOf(found, 'x@example.com'));
    expect(holdsRole(found, 'a', 'z@example.com')).toBe(true);
    expect(holdsRole(found, 'c', 'z@example.com')).toBe(false);
  });

  it('hold a role that nobody lists when they stand anywhere, and without people anybody does', () => {
    expect(holdsRole(found, 'ci', 'w@example.com')).toBe(true);
    expect(holdsRole(found, 'ci', 'v@example.com')).toBe(false);
    expect(holdsRole(undefined, 'ci', 'v@example.com')).toBe(true);
  });
});
