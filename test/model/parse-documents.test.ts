import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { contractSchema } from '../../src/documents/schemas/contract-schema.ts';
import { editPointer, readPointerRelease } from '../../src/documents/edit-pointer.ts';
import { parsePointer } from '../../src/documents/parse-pointer.ts';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { parseRelease } from '../../src/documents/release/parse-release.ts';
import { pointerSchema } from '../../src/documents/schemas/pointer-schema.ts';
import type { DocumentProblem, Parsed } from '../../src/model/problem.ts';
import { projectSchema } from '../../src/documents/schemas/project-schema.ts';
import { recordSchema } from '../../src/documents/schemas/record-schema.ts';
import { releaseSchema } from '../../src/documents/schemas/release-schema.ts';
import { releaseSourceSchema } from '../../src/documents/schemas/release-source-schema.ts';
import { freezeSchema, vetoSchema } from '../../src/documents/schemas/stop-schemas.ts';
import { aPointer, aProject, aQuery, aRelease, type ReleaseParts } from '../support/documents/release.ts';

const release = (text: string, id = 'v1.0.0') => parseRelease(text, { file: `releases/${id}.yaml`, id });
const pointer = (text: string) => parsePointer(text, { file: 'environments/dev.yaml' });
const project = (text: string) => parseProject(text, { file: 'stk.yaml', gateKinds });

function problemsOf(parsed: Parsed<unknown>): readonly DocumentProblem[] {
  return parsed.ok ? [] : parsed.problems;
}
const messagesOf = (parsed: Parsed<unknown>): string =>
  problemsOf(parsed)
    .map(({ message }) => message)
    .join('\n');
function valueOf<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(messagesOf(parsed));
  return parsed.value;
}

describe('parseRelease', () => {
  it('reads what the builder writes', () => {
    const value = valueOf(release(aRelease()));
    expect(value.operations.get('customers.get')).toMatchObject({
      kind: 'sql',
      mode: 'read',
      returns: 'one',
    });
    expect(value.operations.get('about')).toMatchObject({ kind: 'constant', value: { product: 'shop' } });
    expect(value.permissions.get('reader')).toEqual(['*']);
  });

  it('reports every problem with its place and the nearest known key', () => {
    const text =
      'release: v1.0.0\nreff: abc\ncreatedAt: tomorrow\nnotes: [1]\noperations:\n  a:\n    sq: x\n';
    const found = problemsOf(release(text));
    expect(found.map(({ line, column, pointer: at }) => [line, column, at])).toEqual([
      [1, 1, ''],
      [2, 1, '/reff'],
      [3, 12, '/createdAt'],
      [4, 8, '/notes'],
      [7, 5, '/operations/a'],
      [7, 5, '/operations/a/sq'],
    ]);
    expect(messagesOf(release(text))).toContain('unknown key "reff"; did you mean "ref"?');
  });

  it('asks for quotes around an id that YAML reads as a number', () => {
    expect(messagesOf(release('release: 1.10\nref: a\ncreatedAt: 2026-11-21T08:00:00Z\n', '1.10'))).toContain(
      "write it in quotes, '1.10'",
    );
  });

  it('refuses an id that differs from the file name', () => {
    expect(messagesOf(release(aRelease(), 'v2'))).toContain('differs from the file name');
  });

  it.each([['2026-02-30T08:00:00Z'], ['2026-11-21T25:00:00Z'], ['2026-11-21'], ['2026-11-21T08:00:00']])(
    'refuses createdAt %s',
    (createdAt) => {
      expect(problemsOf(release(aRelease({ createdAt })))).toHaveLength(1);
    },
  );

  it('takes a permission that matches no operation yet', () => {
    const permissions = { support: ['orders.*', 'customers.later'] };
    expect(release(aRelease({ permissions }))).toMatchObject({ ok: true });
  });

  it('wants sql or value, and never both', () => {
    expect(
      messagesOf(
        release(
          aRelease({
            operations: { a: { sql: 'select 1', value: 1, returns: 'one' }, b: {} },
            permissions: {},
          }),
        ),
      ),
    ).toBe('expected only one of "sql" or "value", not both\none of "sql" or "value" is missing');
  });

  it('keeps __proto__, constructor and toString as data', () => {
    const text = `${aRelease({ config: undefined })}config: { __proto__: { polluted: true }, constructor: 1, toString: 2 }\n`;
    const { config } = valueOf(release(text));
    expect(Object.keys(config)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(config)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
    expect(JSON.stringify(config)).toBe('{"__proto__":{"polluted":true},"constructor":1,"toString":2}');
  });

  it.each([['__proto__'], ['constructor'], ['toString']])(
    'refuses %s as a key of a closed mapping',
    (key) => {
      expect(messagesOf(release(`${aRelease()}${key}: 1\n`))).toContain('unknown key');
    },
  );
});

describe('hostile YAML', () => {
  const bombs: [string, string, string][] = [
    ['aliases', 'a: &a [1]\nb: [*a, *a]\n', 'anchors'],
    ['a megabyte of [', '['.repeat(1_000_000), 'nested deeper'],
    ['deep block lists', '- '.repeat(20_000), 'nested deeper'],
    ['deep maps', '{a: '.repeat(20_000), 'nested deeper'],
    ['a large file', `notes: ${'x'.repeat(5_000_000)}`, 'at most'],
    [
      'many keys',
      `config: {${Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join(', ')}}`,
      'is missing',
    ],
    ['many nodes', `config: {a: [${'1,'.repeat(400_100)}]}`, 'more than 400000 values'],
    ['two documents', 'release: a\n---\nrelease: b\n', 'more than one YAML document'],
    ['duplicate keys', 'release: a\nrelease: b\n', 'occurs twice'],
    ['tags', 'release: !!str 1\n', 'tags (tag:yaml.org,2002:str)'],
    ['directives', '%YAML 1.1\n---\nrelease: a\n', 'directives'],
    ['merge keys', 'config: { <<: { a: 1 } }\n', 'merge keys'],
    ['number keys', 'config: { 1: a }\n', "write '1' in quotes"],
    ['collection keys', '? [a]\n: b\n', 'a key must be text'],
    ['a byte order mark', '\uFEFFrelease: a\n', 'byte order mark'],
    ['NUL', 'release: a\0\n', 'NUL'],
    ['escaped NUL', 'notes: "a\\0"\n', 'NUL'],
    ['half a surrogate pair', 'notes: "\\uD800"\n', 'surrogate'],
    ['big integers', 'config: { a: 12345678901234567890 }\n', 'too large'],
    ['leading zeros', 'config: { a: 0123 }\n', 'leading zero'],
    ['infinities', 'config: { a: .inf }\n', 'not a number in JSON'],
    ['an empty file', '', 'empty'],
    ['a scalar', 'hello', 'expected a mapping'],
    ['broken YAML', 'a: [1\nb: }', 'this is not YAML'],
  ];
  it.each(bombs)('refuses %s in words', (_, text, expected) => {
    expect(messagesOf(release(text))).toContain(expected);
  });

  it('never throws and always says where', () => {
    const soup = fc.array(
      fc.constantFrom(
        'a',
        ': ',
        '- ',
        '\n',
        '  ',
        '[',
        ']',
        '{',
        '}',
        ',',
        '"',
        "'",
        '&x ',
        '*x',
        '!t ',
        '|',
        '#',
        '?',
        '---\n',
        'é',
        '\t',
        '%',
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(soup, (words) => {
        for (const parsed of [release(words.join('')), pointer(words.join('')), project(words.join(''))]) {
          expect(parsed.ok).toBe(false);
          for (const { line, column, message } of problemsOf(parsed))
            expect(line > 0 && column > 0 && message !== '').toBe(true);
          expect(problemsOf(parsed).length).toBeGreaterThan(0);
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe('pointers', () => {
  it('names a release', () => {
    expect(pointer(aPointer('v1.1.0'))).toEqual({ ok: true, value: { release: 'v1.1.0' } });
    expect(messagesOf(pointer('release: v1\nextra: 1\n'))).toContain('unknown key "extra"');
    expect(pointer(aPointer('1.10'))).toEqual({ ok: true, value: { release: '1.10' } });
  });

  it('reads the id of a one-line file as YAML reads it', () => {
    const ids = fc.oneof(
      fc.constantFrom(
        'null',
        'true',
        'False',
        '1.10',
        '1e5',
        'v1',
        'yes',
        '~',
        'a b',
        'v1 # x',
        '"q"',
        "'1'",
        'a:',
        'x'.repeat(65),
      ),
      fc.stringMatching(/^[A-Za-z0-9._-]{1,8}$/),
    );
    fc.assert(
      fc.property(ids, (id) => {
        const text = `# note\nrelease: ${id}\n`;
        const parsed = pointer(text);
        expect(readPointerRelease(text)).toBe(parsed.ok ? parsed.value.release : undefined);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('reads back what it edits', () => {
    for (const id of ['v2', '1.10', 'null'])
      expect(readPointerRelease(editPointer('release: v1\n', { release: id }))).toBe(id);
  });
});

describe('parseProject', () => {
  it('fills in the defaults', () => {
    expect(valueOf(project(aProject())).limits).toEqual({
      rows: 1000,
      statement: 10_000,
      lock: 2000,
      body: 1_048_576,
      pool: 10,
    });
  });

  it('reads a whole project', () => {
    const value = valueOf(
      project(
        aProject({
          environments: {
            prod: {
              database: { urlFrom: 'PROD_URL', role: 'app' },
              accept: [{ finding: 'COL004:public.a.b', reason: 'known', until: '2026-12-31' }],
              migrationLock: 42,
            },
          },
          limits: { statement: '500ms', body: '64KiB' },
          auth: { jwt: { jwksUrl: 'https://id.example/jwks' }, issuer: 'i', audience: 'a' },
        }),
      ),
    );
    expect(value.environments.get('prod')).toMatchObject({
      database: { kind: 'server', urlFrom: 'PROD_URL', schema: 'public', role: 'app' },
      migrationLock: '42',
    });
    expect(value.limits).toMatchObject({ statement: 500, body: 65_536 });
    expect(value.auth).toMatchObject({
      jwt: { kind: 'jwks' },
      rolesClaim: 'roles',
      control: { read: [], write: [], evidence: [] },
    });
  });

  it.each([
    [{ auth: { jwt: { secretFrom: 'A', jwksUrl: 'https://x' }, issuer: 'i', audience: 'a' } }, 'not both'],
    [{ auth: { jwt: { jwksUrl: 'http://id.example/' }, issuer: 'i', audience: 'a' } }, 'https URL'],
    [{ auth: { jwt: { secretFrom: 'A' } } }, '"issuer" is missing'],
    [{ environments: { a: { database: { embedded: true, init: ['../x.sql'] } } } }, '".." step'],
    [{ environments: { a: { database: { embedded: true, init: ['/x.sql'] } } } }, 'absolute'],
    [
      { environments: { a: { database: { embedded: true, role: 'x' } } } },
      'belongs to a database with "urlFrom"',
    ],
    [{ environments: {} }, 'at least 1'],
    [{ limits: { statement: '10 seconds' } }, 'a duration such as'],
    [{ limits: { statement: '1h' } }, 'out of bounds'],
    [{ limits: { rows: 0 } }, 'out of bounds'],
    [{ hub: 'http://u:p@h/' }, 'contains credentials'],
    [
      {
        environments: {
          a: {
            database: { embedded: true },
            accept: [{ finding: 'COL004:x', reason: 'r', until: '2026-13-01' }],
          },
        },
      },
      'not a date',
    ],
  ])('refuses %j', (parts, expected) => {
    expect(messagesOf(project(aProject(parts)))).toContain(expected);
  });

  it('does not repeat a secret that stands where a variable name belongs', () => {
    const found = messagesOf(
      project(aProject({ environments: { a: { database: { urlFrom: 'postgres://u:hunter2@h/db' } } } })),
    );
    expect(found).toContain('environment variable');
    expect(found).not.toContain('hunter2');
  });
});

describe('published schemas', () => {
  const schemas = {
    contract: contractSchema,
    freeze: freezeSchema,
    pointer: pointerSchema,
    project: projectSchema(gateKinds),
    record: recordSchema,
    release: releaseSchema,
    'release-source': releaseSourceSchema,
    veto: vetoSchema,
  };
  it.each(Object.entries(schemas))('schemas/%s.json is what the parser uses', (name, schema) => {
    expect(JSON.parse(readFileSync(new URL(`../../schemas/${name}.json`, import.meta.url), 'utf8'))).toEqual(
      schema,
    );
  });

  it('never refuse a document that the parser accepts, and the parser none of its own accord that is no matter of values', () => {
    const ajv = new Ajv2020({ strict: false });
    const check = ajv.compile(releaseSchema);
    const scalar = fc.constantFrom<unknown>('one', 'select 1', 1, true, null, [], {}, ['*'], { a: ['x'] });
    const parts = fc.record(
      {
        notes: scalar,
        config: scalar,
        schema: scalar,
        permissions: fc.constantFrom<unknown>({}, { r: ['*'] }, { r: 1 }, []),
        extra: fc.constantFrom<unknown>(undefined, 1),
      },
      { requiredKeys: [] },
    );
    const operation = fc.record(
      { sql: scalar, value: scalar, mode: scalar, returns: scalar, input: scalar },
      { requiredKeys: [] },
    );
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(parts, operation, (some, one) => {
        const text = aRelease({ ...(some as ReleaseParts), operations: { one } });
        const [ok, valid] = [release(text).ok, check(parse(text))];
        if (ok) expect(valid).toBe(true);
        if (!valid) expect(ok).toBe(false);
        if (ok) accepted += 1;
        else refused += 1;
      }),
      { seed: 11, numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(50);
    const plain = aRelease({ operations: { one: aQuery() }, permissions: {} });
    expect([release(plain).ok, check(parse(plain)), accepted >= 0]).toEqual([true, true, true]);
  });
});
