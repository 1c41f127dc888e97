import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { CompiledRelease } from '../../src/serving/compile/compiled-release.ts';
import type { CompileOutcome } from '../../src/serving/compile/collect-release.ts';
import { createReleaseCompiler, type ReleaseCompiler } from '../../src/serving/compile/compile-release.ts';
import { aQuery, aRelease } from '../support/documents/release.ts';

let compiler: ReleaseCompiler;
beforeAll(() => {
  compiler = createReleaseCompiler();
});
afterAll(() => compiler.close());

const compile = (text: string, id = 'v1.0.0', by = compiler): Promise<CompileOutcome> =>
  by.compile({ text, file: `releases/${id}.yaml`, id, blob: 'b' });
async function compiled(text: string): Promise<CompiledRelease> {
  const outcome = await compile(text);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return outcome.compiled;
}
const one = (operation: unknown): string => aRelease({ permissions: {}, operations: { op: operation } });
async function problemsOf(operation: unknown): Promise<string> {
  const outcome = await compile(one(operation));
  return outcome.ok
    ? ''
    : outcome.problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n');
}
async function validatorOf(operation: unknown) {
  const made = (await compiled(one(operation))).operations.get('op');
  if (made === undefined) throw new Error('no operation');
  return made.validate;
}
const withInput = (properties: unknown, more: object = {}): Record<string, unknown> =>
  aQuery({ input: { type: 'object', properties, additionalProperties: false, ...more } });

describe('compile', () => {
  it('makes a release ready to answer', async () => {
    const { operations, statements, configJson, digest } = await compiled(aRelease());
    expect(operations.get('customers.get')).toMatchObject({
      kind: 'sql',
      parameters: ['id'],
      returns: 'one',
      statement: { mode: 'read', text: 'select id, email from customers where id = $1' },
    });
    expect(operations.get('about')).toMatchObject({ kind: 'constant', json: '{"product":"shop"}' });
    expect([...statements.keys()]).toEqual(['customers.get']);
    expect(configJson).toBe('{"greeting":"hello"}');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("compiles the example's own releases", async () => {
    const folder = new URL('../../releases/', import.meta.url);
    for (const file of readdirSync(folder)) {
      expect(
        await compile(readFileSync(new URL(file, folder), 'utf8'), file.replace('.yaml', '')),
      ).toMatchObject({ ok: true });
    }
  });

  it.each<[string, unknown, string]>([
    [
      'a parameter that the schema does not allow',
      withInput({ ident: { type: 'integer' } }),
      'the SQL uses :id, which the input schema does not allow',
    ],
    ['an unknown keyword', withInput({ id: { type: 'integer', minimun: 1 } }), 'unknown keyword: "minimun"'],
    [
      'a broken schema',
      withInput({ id: { type: 'int' } }),
      '/operations/op/input/properties/id/type: this input schema is not valid',
    ],
    ['an unknown format', withInput({ id: { type: 'string', format: 'emale' } }), 'did you mean "email"'],
    [
      'a remote reference',
      withInput({ id: { $ref: 'http://x/y' } }),
      'not to the whole schema or to another document',
    ],
    [
      'references that double at each level',
      withInput(
        { id: { $ref: '#/$defs/d20' } },
        {
          $defs: {
            d0: { type: 'integer' },
            ...Object.fromEntries(
              Array.from({ length: 20 }, (_, i) => [
                `d${i + 1}`,
                { allOf: [{ $ref: `#/$defs/d${i}` }, { $ref: `#/$defs/d${i}` }] },
              ]),
            ),
          },
        },
      ),
      'its references unfold to more than 10000 evaluations',
    ],
    [
      'a reference to itself',
      withInput({ id: { $ref: '#/$defs/a' } }, { $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } }),
      'leads back to itself',
    ],
    ['a dangling reference', withInput({ id: { $ref: '#/$defs/x' } }), "can't resolve reference"],
    [
      'an asynchronous schema',
      withInput({ id: { type: 'integer' } }, { $async: true }),
      '"$async" is not supported',
    ],
    [
      'look-around',
      withInput({ id: { type: 'string', pattern: '(?=a)b' } }),
      'look-around and back-references are not',
    ],
    ['a pattern that unfolds', withInput({ id: { type: 'string', pattern: '((a{100}){100})' } }), 'pattern'],
    ['a reference to the whole schema', withInput({ id: { $ref: '#' } }), 'not to the whole'],
    [
      'members that multiply by references',
      withInput(
        { id: { $ref: '#/$defs/n' } },
        {
          $defs: {
            n: {
              properties: { a: { $ref: '#/$defs/n' } },
              allOf: [{ properties: { a: { $ref: '#/$defs/n' } } }],
            },
          },
        },
      ),
      'of a nested input',
    ],
    [
      'unbounded uniqueItems',
      withInput({ id: { type: 'array', items: {}, uniqueItems: true } }),
      '"maxItems"',
    ],
    ['input that is not an object', aQuery({ input: { type: 'array' } }), 'expected "type: object"'],
    [
      'SQL that does not parse',
      aQuery({ input: undefined, sql: 'select id,\nfrom customers' }),
      'syntax error at or near "from" (line 2, column 1 of the statement)',
    ],
  ])('refuses %s', async (_, operation, expected) => {
    expect(await problemsOf(operation)).toContain(expected);
  });

  it('reports the problems of every operation at once', async () => {
    const outcome = await compile(
      aRelease({
        permissions: {},
        operations: { a: aQuery({ sql: 'select :' }), b: aQuery({ sql: 'selec' }) },
      }),
    );
    expect(outcome.ok ? [] : outcome.problems.map(({ pointer }) => pointer)).toEqual([
      '/operations/a/sql',
      '/operations/b/sql',
    ]);
  });
});

describe('validators', () => {
  it('name the place of what is wrong and never coerce', async () => {
    const validate = await validatorOf(aQuery());
    expect(validate({ id: 1 })).toBeUndefined();
    expect(validate({ id: '1' })).toEqual([{ pointer: '/id', detail: 'must be integer' }]);
    expect(validate({})).toEqual([{ pointer: '/id', detail: 'is required' }]);
    expect(validate(undefined)).toEqual([{ pointer: '/id', detail: 'is required' }]);
    expect(validate({ id: 1, 'a/b': 2 })).toEqual([{ pointer: '/a~1b', detail: 'is not known here' }]);
    expect(validate(JSON.parse('{"id": 1, "__proto__": {}}'))).toEqual([
      { pointer: '/__proto__', detail: 'is not known here' },
    ]);
  });

  it('accept only the parameters of an operation without a schema', async () => {
    const validate = await validatorOf(aQuery({ input: undefined }));
    expect(validate(undefined)).toBeUndefined();
    expect(validate({ id: [1] })).toBeUndefined();
    expect(validate({ ID: 1 })).toEqual([{ pointer: '/ID', detail: 'is not known here: expected only id' }]);
    expect(validate([])).toEqual([{ pointer: '', detail: 'must be an object' }]);
    const constant = await validatorOf({ value: 1 });
    expect([constant({}), constant(undefined)]).toEqual([undefined, undefined]);
    expect(constant({ a: 1 })).toHaveLength(1);
  });

  it('assert formats and bound their input', async () => {
    const validate = await validatorOf(withInput({ id: { type: 'string', format: 'email' } }));
    expect(validate({ id: 'a@b.example' })).toBeUndefined();
    expect(validate({ id: 'nobody' })).toHaveLength(1);
    expect(validate({ id: `${'a'.repeat(3000)}@b.example` })).toHaveLength(1);
  });

  it('compare items and allowed values by value, members in any order', async () => {
    const validate = await validatorOf(
      withInput(
        {
          id: { type: 'array', uniqueItems: true, maxItems: 1000, items: {} },
          one: { enum: ['a', null, { x: 1, y: [2] }] },
          tree: { $ref: '#/$defs/tree' },
        },
        {
          $defs: {
            tree: {
              type: 'object',
              properties: { left: { $ref: '#/$defs/tree' }, right: { $ref: '#/$defs/tree' } },
            },
          },
        },
      ),
    );
    expect(
      validate({ id: [1, '1', { a: 1, b: 2 }], one: { y: [2], x: 1 }, tree: { left: {} } }),
    ).toBeUndefined();
    expect(
      validate({
        id: [
          { a: 1, b: [2] },
          { b: [2], a: 1 },
        ],
      }),
    ).toEqual([{ pointer: '/id', detail: 'must NOT have duplicate items' }]);
    expect(validate({ id: [], one: 'b' })).toEqual([
      { pointer: '/one', detail: 'must be one of "a",null,{"x":1,"y":[2]}' },
    ]);
  });

  it('answer to a pattern that would hang a backtracking engine', async () => {
    const validate = await validatorOf(withInput({ id: { type: 'string', pattern: '^(a+)+$' } }));
    expect(validate({ id: 'aaa' })).toBeUndefined();
    expect(validate({ id: `${'a'.repeat(50_000)}b` })).toHaveLength(1);
    expect(validate({ id: 'a'.repeat(20_000_000) })).toEqual([
      { pointer: '', detail: 'the input is too long for its patterns' },
    ]);
  });

  it('survive input that is nested without end', async () => {
    const validate = await validatorOf(
      withInput(
        { id: { $ref: '#/$defs/list' } },
        { $defs: { list: { type: 'array', items: { $ref: '#/$defs/list' } } } },
      ),
    );
    expect(validate({ id: [[[]]] })).toBeUndefined();
    expect(validate({ id: JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)) })).toEqual([
      { pointer: '', detail: 'the input is nested too deeply' },
    ]);
  });
});

describe('isAllowed', () => {
  it('holds exact names, prefixes and *; everything else is denied', async () => {
    const query = { value: 1 };
    const { isAllowed } = await compiled(
      aRelease({
        permissions: { exact: ['a.b'], prefix: ['a.*', 'config.read'], all: ['*'] },
        operations: { 'a.b': query, 'a.c.d': query, ab: query },
      }),
    );
    const allowed = (role: string): string[] =>
      ['a.b', 'a.c.d', 'ab', 'config.read', 'a', 'toString', '__proto__'].filter((name) =>
        isAllowed([role], name),
      );
    expect(allowed('exact')).toEqual(['a.b']);
    expect(allowed('prefix')).toEqual(['a.b', 'a.c.d', 'config.read']);
    expect(allowed('all')).toEqual(['a.b', 'a.c.d', 'ab', 'config.read']);
    for (const role of ['__proto__', 'constructor', 'toString', '', 'none'])
      expect(allowed(role)).toEqual([]);
    expect(isAllowed([], 'a.b')).toBe(false);
  });
});

describe('the worker', () => {
  it('ends after a time without work, and comes again with the next release', async () => {
    const resting = createReleaseCompiler({ idleTime: 100 });
    const readThreads = (): string[] => (process.platform === 'linux' ? readdirSync('/proc/self/task') : []);
    const before = readThreads();
    expect(await compile(aRelease(), 'v1.0.0', resting)).toMatchObject({ ok: true });
    const started = readThreads().filter((thread) => !before.includes(thread));
    const isThere = (): boolean =>
      started.length > 0 && started.every((thread) => readThreads().includes(thread));
    while (isThere()) await delay(20);
    expect(await compile(aRelease(), 'v1.0.0', resting)).toMatchObject({ ok: true });
    await resting.close();
  });

  it('gives up on a release that takes too long and serves the next', async () => {
    const impatient = createReleaseCompiler({ maxTime: 1 });
    const operations = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`op${i}`, aQuery()]));
    const outcome = await compile(aRelease({ permissions: {}, operations }), 'v1.0.0', impatient);
    expect(outcome).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('longer than 1 ms') }],
    });
    expect(await compile('release: x\n', 'x', impatient)).toMatchObject({ ok: false });
    await impatient.close();
    await expect(compile(aRelease(), 'v1.0.0', impatient)).rejects.toThrow('closed');
  });

  it('keeps compiles that are asked at once apart', async () => {
    const outcomes = await Promise.all(
      ['a', 'b', 'c'].map((id) => compile(aRelease({ release: id, config: { id } }), id)),
    );
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.compiled.configJson : ''))).toEqual([
      '{"id":"a"}',
      '{"id":"b"}',
      '{"id":"c"}',
    ]);
  });

  it('sends the statements that releases share once, and forgets them when there are too many', async () => {
    const fresh = createReleaseCompiler();
    const read = async (id: string, sql: (index: number) => string, count: number) => {
      const operations = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`op${index}`, { mode: 'read', sql: sql(index) }]),
      );
      const text = aRelease({ release: id, permissions: {}, schema: undefined, operations });
      const outcome = await fresh.read({ text, file: `releases/${id}.yaml`, id, blob: id });
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
      return [...outcome.checkable.statements.values()];
    };
    const shared = (index: number): string => `select ${index % 2} as a`;
    const first = await read('a', shared, 4);
    expect(first.map(({ text }) => text)).toEqual([0, 1, 2, 3].map(shared));
    expect((await read('b', shared, 4)).every((statement, index) => statement === first[index])).toBe(true);

    const long = (index: number): string => `select ${index} as b, '${'x'.repeat(450)}' as c`;
    const many = await read('c', long, 5_000);
    expect(many.map(({ text }) => text)).toEqual(many.map((_, index) => long(index)));
    expect(await read('d', shared, 4)).toEqual(first);
    await fresh.close();
  });

  it('sends a statement again when the release that it came with first was refused', async () => {
    const fresh = createReleaseCompiler();
    const outcomeOf = (id: string, operations: unknown) =>
      fresh.judge({
        text: aRelease({ release: id, permissions: {}, schema: undefined, operations }),
        file: `releases/${id}.yaml`,
        id,
        blob: id,
      });
    const sound = { mode: 'read', sql: 'select 1 as a' };
    expect((await outcomeOf('a', { sound, broken: { mode: 'read', sql: 'selec' } })).ok).toBe(false);
    const outcome = await outcomeOf('b', { sound });
    expect(outcome.ok ? [...outcome.checkable.statements.keys()] : []).toEqual(['sound']);
    await fresh.close();
  });
});

describe('judge', () => {
  it('finds what compile finds, input schemas included', async () => {
    for (const operation of [
      aQuery(),
      aQuery({ input: { type: 'object', properties: { id: { type: 'nonsense' } } } }),
      aQuery({ input: { type: 'object', properties: {}, additionalProperties: false } }),
      { mode: 'read', sql: 'selec 1' },
    ]) {
      const request = { text: one(operation), file: 'releases/v1.0.0.yaml', id: 'v1.0.0', blob: 'b' };
      const [judged, made] = [await compiler.judge(request), await compiler.compile(request)];
      expect(judged.ok ? [] : judged.problems).toEqual(made.ok ? [] : made.problems);
      if (!judged.ok || !made.ok) continue;
      const { release, digest, statements } = made.compiled;
      expect(judged.checkable).toEqual({ release, digest, statements });
    }
  });
});
