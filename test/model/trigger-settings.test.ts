import { describe, expect, it } from '@jest/globals';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { usesPipeline } from '../../src/documents/project/uses-pipeline.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { formatProblems } from '../../src/model/problem.ts';
import type { Trigger } from '../../src/model/pipeline/trigger.ts';

/** production with these triggers, from line 6 on; `more`: further lines of the environment. */
const text = (triggers: string, more = '') => `project: shop
environments:
  production:
    database: { embedded: true }
    triggers:
${triggers
  .split('\n')
  .map((line) => `      ${line}\n`)
  .join('')}${more}`;

const parse = (triggers: string, more = '') =>
  parseProject(text(triggers, more), { file: 'stk.yaml', gateKinds });

function triggersOf(triggers: string, more = ''): readonly Trigger[] {
  const parsed = parse(triggers, more);
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  return parsed.value.pipeline.environments.get('production')?.triggers ?? [];
}

function problemsOf(triggers: string, more = ''): string {
  const parsed = parse(triggers, more);
  if (parsed.ok) return '';
  return parsed.problems.map((one) => `${one.line}:${one.column} ${one.message}`).join('\n');
}

const minute = 60_000;

describe('triggers in stk.yaml', () => {
  it('are read as they are written', () => {
    const written = `down: { unhealthyFor: 5m, do: rollback, within: 30m }
loop: { smoke: true, every: 2m, failingFor: 7m, do: freeze }
spike: { errors: { operations: [orders.*, carts.add], increase: 0.5pp }, do: rollback }
corrupt: { integrity: { sql: "select count(*) from orders where total < 0", expect: 0, every: 10m }, do: alert }
files: { files: true, every: 1m }
metric: { prometheus: { url: "http://127.0.0.1:9090", query: up, above: 0.01, for: 2m }, do: alert }`;
    const sql = 'select count(*) from orders where total < 0';
    const withinMs = 120 * minute;
    expect(triggersOf(written, '    files: { root: /srv }\n')).toEqual([
      { name: 'down', test: { kind: 'health', forMs: 5 * minute }, do: 'rollback', withinMs: 30 * minute },
      {
        name: 'loop',
        test: { kind: 'smoke', everyMs: 2 * minute, forMs: 7 * minute },
        do: 'freeze',
        withinMs,
      },
      {
        name: 'spike',
        test: { kind: 'errors', operations: ['orders.*', 'carts.add'], increase: 0.005 },
        do: 'rollback',
        withinMs,
      },
      {
        name: 'corrupt',
        test: { kind: 'integrity', sql, expect: 0, everyMs: 10 * minute },
        do: 'alert',
        withinMs,
      },
      { name: 'files', test: { kind: 'files', everyMs: minute }, do: 'alert', withinMs },
      {
        name: 'metric',
        test: {
          kind: 'prometheus',
          url: 'http://127.0.0.1:9090',
          query: 'up',
          above: 0.01,
          forMs: 2 * minute,
        },
        do: 'alert',
        withinMs,
      },
    ]);
  });

  it('have defaults: minutes, every operation, two hours, and no more than an alert', () => {
    const written = `loop: { smoke: true }\nspike: { errors: {} }\nrows: { integrity: { sql: select null, expect: null } }`;
    const rest = { do: 'alert', withinMs: 120 * minute };
    expect(triggersOf(written)).toEqual([
      { name: 'loop', test: { kind: 'smoke', everyMs: minute, forMs: 5 * minute }, ...rest },
      { name: 'spike', test: { kind: 'errors', operations: ['*'], increase: 0.01 }, ...rest },
      {
        name: 'rows',
        test: { kind: 'integrity', sql: 'select null', expect: null, everyMs: 5 * minute },
        ...rest,
      },
    ]);
  });

  it('make the path a governed one, and their absence leaves it as it is', () => {
    expect(usesPipeline(text('down: { unhealthyFor: 5m }'))).toBe(true);
    const plain = 'project: shop\nenvironments:\n  production: { database: { embedded: true } }\n';
    expect(usesPipeline(plain)).toBe(false);
    const parsed = parseProject(plain, { file: 'stk.yaml', gateKinds });
    expect(parsed.ok && parsed.value.pipeline.environments.get('production')).not.toHaveProperty('triggers');
  });

  it.each([
    ['down: { unhealthyfor: 5m }', '6:15 unknown key "unhealthyfor"; did you mean "unhealthyFor"?'],
    ['down: { unhealthyFor: 5m, smoke: true }', '6:13 expected only one of'],
    ['down: { do: alert }', '6:13 one of "unhealthyFor" or "smoke"'],
    ['down: { unhealthyFor: 1s }', '6:29 1s is out of bounds: expected 10s to 1d'],
    ['down: { unhealthyFor: 5m, do: rolback }', '6:37 "rolback" is not possible here'],
    ['down: { unhealthyFor: 5m, do: rollback, within: 1s }', '6:55 1s is out of bounds: expected 1m to 30d'],
    ['down: { unhealthyFor: 5m, within: 1h }', '6:41 "within" belongs to a trigger with "do: rollback"'],
    ['down: { unhealthyFor: 5m, every: 1m }', '6:40 "every" belongs to a trigger with "smoke" or "files"'],
    ['files: { files: true, failingFor: 1m }', '6:41 "failingFor" belongs to a trigger with "smoke"'],
    ['files: { files: true }', '6:23 "files" needs the key "files" of the environment'],
    ['a: { errors: { operations: ["or*ers"] } }', '6:35 "or*ers" does not fit: expected an operation'],
    ['a: { errors: { increase: 0pp } }', '6:32 0pp is out of bounds'],
    ['a: { integrity: { sql: delete from orders, expect: 0 } }', '6:30 expected a SELECT'],
    [
      'a: { prometheus: { url: "http://h", query: " ", above: 0 } }',
      '6:50 " " does not fit: expected a PromQL query',
    ],
    ['a: { integrity: { sql: select 1 } }', '6:23 "expect" is missing'],
    ['a: { prometheus: { url: "http://u:p@h/", query: up, above: 1 } }', '6:31 the URL contains credentials'],
    ['a: { prometheus: { url: prom, query: up, above: 1 } }', '6:31 expected a URL such as'],
  ])('are told where they are wrong: %s', (triggers, expected) => {
    expect(problemsOf(triggers)).toContain(expected);
  });

  it('do not stand at a canary, which its analysis watches', () => {
    const more = '  canary: { of: production, triggers: { down: { unhealthyFor: 5m } } }\n';
    expect(problemsOf('down: { unhealthyFor: 5m }', more)).toContain('"triggers" belong to production');
  });
});
