// A release that is written is read again as it was, whatever stands in it; the same one always as the same bytes.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatRelease } from '../../src/documents/release/format-release.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { parseRelease } from '../../src/documents/release/parse-release.ts';
import { openReleaseSource } from '../../src/documents/release/parse-release-source.ts';
import type { Operation, Release } from '../../src/model/release.ts';

const file = 'releases/v1.yaml';

function aValue(parts: Partial<Release> = {}): Release {
  return {
    release: 'v1',
    ref: '123',
    createdAt: '2026-11-21T08:00:00Z',
    notes: undefined,
    schema: { tables: new Map(), enums: new Map() },
    contract: undefined,
    permissions: new Map(),
    config: {},
    operations: new Map(),
    migrationsUpTo: undefined,
    files: [],
    smoke: [],
    ...parts,
  };
}

function readBack(release: Release): Release {
  const parsed = parseRelease(formatRelease(release), { file, id: 'v1' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

/** Text and keys that YAML could take for something else; a surrogate or a NUL is not text of a document. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }).filter((one) => !/\0|\p{Surrogate}/u.test(one)),
  fc.constantFrom(
    '',
    'null',
    'yes',
    '~',
    '1',
    '0x1',
    '1e999',
    '- a',
    '# no',
    'a: b',
    ' a',
    'a ',
    'a\nb',
    '\n a\n\n',
    '\t',
    "'",
    '"',
    '*x',
    '&x',
    '!t',
    '{',
    '---',
    'a\r\nb',
    '2026-01-01',
  ),
);
const key = text.filter((one) => one !== '<<');
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((one) => (Object.is(one, -0) || Math.abs(one) > 2 ** 52 ? 0 : one)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('a written release', () => {
  it('is read again with the same config and constants', () => {
    fc.assert(
      fc.property(fc.dictionary(key, json, { maxKeys: 4 }), json, text, (config, value, notes) => {
        const about: Operation = { kind: 'constant', name: 'about', input: undefined, value };
        const release = aValue({
          notes,
          config: JSON.parse(JSON.stringify(config)) as JsonObject,
          operations: new Map([['about', about]]),
        });
        const again = readBack(release);
        expect(again).toEqual(release);
        expect(formatRelease(again)).toBe(formatRelease(release));
      }),
      { numRuns: 150, seed: 20261121 },
    );
  });

  it('is read again with the same SQL', () => {
    const line = fc.oneof(
      fc.constantFrom('', '  ', ' select 1', '\tx', '-- : #', "'a''b'", '$$', 'end '),
      text,
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
        const sql = `select\n${lines.join('\n').replaceAll('\r', '')}`;
        const one: Operation = { kind: 'sql', name: 'a', mode: 'write', input: true, sql, returns: 'one' };
        expect(readBack(aValue({ operations: new Map([['a', one]]) })).operations.get('a')).toEqual(one);
      }),
      { numRuns: 150, seed: 20261121 },
    );
  });

  it('is read again with names that need quotes', () => {
    const columns = new Map([
      ['no', { type: '"Odd ""type"', nullable: true }],
      ['1', { type: undefined, nullable: false }],
    ]);
    const schema = {
      tables: new Map([['"a.b".c', { columns, unique: [['no', '1']] }]]),
      enums: new Map([['mood', ['yes', '1', ' ']]]),
    };
    const permissions = new Map([['reader', ['*', 'a.*']]]);
    expect(readBack(aValue({ schema, permissions }))).toEqual(aValue({ schema, permissions }));
  });
});

describe('release.yaml', () => {
  const open = (yaml: string) => openReleaseSource(yaml, { file: 'app/release.yaml' });
  const messages = (yaml: string): string[] =>
    open(yaml)
      .problems()
      .map(({ line, column, message }) => `${line}:${column} ${message}`);

  it('takes SQL as text and as a file, and tells a schema that is to be derived', () => {
    const { parsed } = open(
      'schema: {}\noperations:\n  a: { sql: select 1 }\n  b: { sql: { file: x/b.sql }, mode: write, returns: count }\n  c: { value: 1 }\n',
    );
    if (!parsed.ok) throw new Error('it is in order');
    expect(parsed.value.derivesSchema).toBe(true);
    const [a, b, c] = [...parsed.value.operations.values()];
    expect([a?.kind, b?.kind, c?.kind]).toEqual(['sql', 'sql-file', 'constant']);
    if (b?.kind !== 'sql-file') return;
    expect(b.path).toBe('x/b.sql');
    expect(b.complete('select 2')).toEqual({
      kind: 'sql',
      name: 'b',
      mode: 'write',
      input: undefined,
      sql: 'select 2',
      returns: 'count',
    });
  });

  it.each([
    ['release: v1\n', '1:1 unknown key "release"'],
    ['contract: {}\n', '1:1 unknown key "contract"'],
    ['operations:\n  a: { sql: { path: x } }\n', '2:15 unknown key "path"'],
    ['operations:\n  a: { sql: { file: /etc/passwd } }\n', '2:21 "/etc/passwd" does not stay inside'],
    ['operations:\n  a: { sql: { file: a/../../b } }\n', '2:21 "a/../../b" does not stay inside'],
    ['operations:\n  a: { sql: [x] }\n', '2:13 this is a list'],
    ['operations:\n  a: { sql: "  " }\n', '2:13 the statement is empty'],
    ['operations:\n  a: { value: 1, sql: { file: x } }\n', '2:6 expected only one of "sql" or "value"'],
  ])('says where %j is wrong', (yaml, message) => {
    expect(messages(yaml).join('\n')).toContain(message);
  });
});
