// Records: what is written is read again as it was and always as the same bytes; a document that its path contradicts, or
// that has a mistake, is refused with its place.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fileRecord, formatRecord, type RecordFile } from '../../src/documents/record/format-record.ts';
import { parseRecord } from '../../src/documents/record/parse-record.ts';
import { formatRecordPath, parseRecordPath, recordId } from '../../src/documents/record/record-path.ts';
import type { CheckRecord, EventRecord, LedgerRecord } from '../../src/model/pipeline/record.ts';
import { eventWords, gateVerdicts } from '../../src/model/pipeline/record.ts';

const digest = '8f3c21aa8f3c21aa8f3c21aa8f3c21aa8f3c21aa';
const at = Date.UTC(2026, 10, 29, 12);

function aCheck(parts: Partial<CheckRecord> = {}): CheckRecord {
  const base = { release: 'v1.2.3', digest, at, by: 'ci@example.com' };
  return { record: 'check', ...base, name: 'unit-tests', status: 'passed', values: new Map(), ...parts };
}

function filed(record: LedgerRecord): RecordFile {
  const file = fileRecord(record);
  if (!file.ok) throw new Error(JSON.stringify(file.problems));
  return file.value;
}

function problemsOf(text: string, path?: string): string[] {
  const id = recordId(at, text);
  const parsed = parseRecord(text, {
    path: path ?? formatRecordPath({ release: 'v1.2.3', kind: 'check', id }),
  });
  return parsed.ok ? [] : parsed.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .filter((one) => !/[\p{C}]/u.test(one));
const prose = fc
  .oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), fc.constantFrom('a\nb', '- x: y', '7'))
  .filter((one) => !/\0|\p{Surrogate}/u.test(one));
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/);
const oid = fc.stringMatching(/^[0-9a-f]{40}$/);
const instant = fc.integer({ min: 0, max: Date.UTC(2099, 0) });
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });
const numbers = fc
  .array(
    fc.tuple(
      name,
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((one) => one + 0),
    ),
  )
  .map((pairs) => new Map(pairs.map(([key, value]) => [key, value === 0 ? 0 : value])));
const shared = {
  release: name,
  digest: oid,
  at: instant,
  by: word,
  through: maybe(fc.constant('hub' as const)),
};

const check: fc.Arbitrary<LedgerRecord> = fc.record({
  record: fc.constant('check' as const),
  ...shared,
  name,
  status: fc.constantFrom('passed' as const, 'failed' as const),
  values: numbers,
  runId: maybe(word),
  url: maybe(word),
  commit: maybe(fc.stringMatching(/^[0-9a-f]{7,40}$/)),
});
const judgement: fc.Arbitrary<LedgerRecord> = fc
  .record({
    record: fc.constantFrom('approval' as const, 'rejection' as const),
    ...shared,
    environment: name,
    comment: maybe(prose),
    hotfix: maybe(oid),
    gate: maybe(name),
  })
  .map((one) => ({ ...one }));
const event: fc.Arbitrary<LedgerRecord> = fc.record({
  record: fc.constant('event' as const),
  ...shared,
  environment: name,
  event: fc.constantFrom(...eventWords),
  class: fc.constantFrom('promotion' as const, 'rollback' as const, 'hotfix' as const),
  revision: oid,
  from: maybe(name),
  gates: maybe(
    fc.array(
      fc.record({
        name,
        kind: name,
        verdict: fc.constantFrom(...gateVerdicts),
        sentence: maybe(prose),
        evidence: maybe(fc.array(word, { maxLength: 3 })),
      }),
      { maxLength: 4 },
    ),
  ),
  reason: maybe(prose),
  actor: maybe(word),
  debt: maybe(fc.array(fc.record({ gate: name, since: instant, due: instant, overdue: fc.boolean() }))),
  since: maybe(instant),
  sentence: maybe(prose),
});
const other: fc.Arbitrary<LedgerRecord> = fc.oneof(
  fc.record({
    record: fc.constant('incident' as const),
    ...shared,
    incident: name,
    action: fc.constantFrom('note' as const, 'close' as const),
    text: prose,
  }),
  fc.record({
    record: fc.constant('evaluation' as const),
    ...shared,
    name,
    set: word,
    mean: fc.constantFrom(0, 0.875, -1.5),
    cases: fc.nat(),
    scores: maybe(numbers.filter(({ size }) => size > 0)),
  }),
  fc.record({
    record: fc.constant('backup' as const),
    ...shared,
    environment: name,
    size: fc.maxSafeNat(),
    location: word,
    verified: fc.boolean(),
  }),
  fc.record({
    record: fc.constant('drill' as const),
    ...shared,
    environment: name,
    to: name,
    decideMs: fc.nat(),
    serveMs: fc.nat(),
    verifyMs: fc.nat(),
    result: fc.constantFrom('passed' as const, 'failed' as const),
    document: maybe(word),
  }),
);

describe('a record that is written', () => {
  it('reads as the design shows it', () => {
    const record = aCheck({ values: new Map([['coverage', 83.4]]), runId: '12345', commit: 'abc1234' });
    const { path, text } = filed(record);
    expect(text).toBe(
      [
        'record: check',
        'release: v1.2.3',
        `digest: ${digest}`,
        'at: 2026-11-29T12:00:00.000Z',
        'by: ci@example.com',
        'name: unit-tests',
        'status: passed',
        'values: { coverage: 83.4 }',
        'runId: "12345"',
        'commit: abc1234',
        '',
      ].join('\n'),
    );
    expect(path).toMatch(/^releases\/4d\/v1\.2\.3\/check\/20261129T120000\.000Z-[0-9a-f]{8}\.yaml$/);
  });

  it('is read again as it was', () => {
    fc.assert(
      fc.property(fc.oneof(check, judgement, event, other), (record) => {
        expect(filed(record).record).toEqual(record);
      }),
      { numRuns: 300 },
    );
  });

  it('has the same bytes whatever the order of its members', () => {
    const one: EventRecord = {
      record: 'event',
      release: 'v1',
      digest,
      at,
      by: 'hub',
      environment: 'dev',
      event: 'canary-step',
      class: 'promotion',
      revision: digest,
      counts: { b: 1, a: { d: 2, c: 3 } },
    };
    const reversed = Object.fromEntries(Object.entries(one).reverse());
    const other = { ...one, ...reversed, counts: { a: { c: 3, d: 2 }, b: 1 } };
    expect(formatRecord(other)).toBe(formatRecord(one));
  });

  it('is refused with its problems when no reader would take it', () => {
    const file = fileRecord(aCheck({ name: 'unit tests', values: new Map([['x', 1e308 * 10]]) }));
    expect(file.ok ? [] : file.problems.map(({ pointer }) => pointer)).toEqual(['/name', '/values/x']);
  });
});

describe('a record that is read', () => {
  const text = formatRecord(aCheck());

  it('has the release, the kind, the time and the hash of its path', () => {
    const id = recordId(at, text);
    const where = (release: string, kind: 'check' | 'event', as = id): string =>
      formatRecordPath({ release, kind, id: as });
    expect(problemsOf(text, where('v9', 'check'))).toEqual([
      '2:10 the release "v1.2.3" differs from "v9" in the path',
    ]);
    expect(problemsOf(text, where('v1.2.3', 'event'))).toContain(
      '1:9 "check" is not possible here: expected event',
    );
    const moved = `20261129T120001.000Z-${id.slice(-8)}`;
    expect(problemsOf(text, where('v1.2.3', 'check', moved))).toEqual([
      `1:1 the path says ${moved}; the time and the SHA-256 of the content give ${id}`,
    ]);
    expect(problemsOf(`${text}\n`, where('v1.2.3', 'check'))).toHaveLength(1);
  });

  it.each([
    'README.md',
    'releases/00/v1.2.3/check/20261129T120000.000Z-8f3c21aa.yaml',
    'releases/4d/v1.2.3/checks/20261129T120000.000Z-8f3c21aa.yaml',
    'releases/4d/v1.2.3/check/20261129T120000Z-8f3c21aa.yaml',
    'releases/4d/v1.2.3/check/x/20261129T120000.000Z-8f3c21aa.yaml',
    'releases/4d/v1.2.3/check/20261129T120000.000Z-8f3c21aa.yml',
  ])('does not stand at %s', (path) => {
    expect(parseRecordPath(path)).toBeNull();
    expect(problemsOf(text, path)).toEqual([expect.stringContaining('is not the path of a record')]);
  });

  it.each([
    [
      'an unknown key',
      text.replace('name:', 'nmae:'),
      ['1:1 "name" is missing: the name of the check', '6:1 unknown key "nmae"; did you mean "name"?'],
    ],
    [
      'another status',
      text.replace('passed', 'pass'),
      ['7:9 "pass" is not possible here: expected passed or failed'],
    ],
    [
      'a day that does not exist',
      text.replace('2026-11-29', '2026-02-30'),
      ['4:5 "2026-02-30T12:00:00.000Z" is not a time of the calendar in RFC 3339'],
    ],
    [
      'a short digest',
      text.replace(digest, 'abc'),
      ['3:9 "abc" does not fit: expected git blob id of the release file: 40 or 64 hexadecimal digits'],
    ],
    [
      'a value that is text',
      `${text}values: { coverage: high }\n`,
      ['8:21 "high" is text: expected a number, a number'],
    ],
    [
      'a key of another kind',
      `${text}environment: dev\n`,
      [expect.stringContaining('8:1 unknown key "environment"')],
    ],
    ['nothing', '', ['1:1 the file is empty: expected a mapping']],
  ])('is refused for %s', (_, broken, expected) => {
    expect(problemsOf(broken)).toEqual(expected);
  });

  it('is refused above 64 KiB, or 1 MiB as an evaluation', () => {
    const comment = '#'.repeat(64 * 1024);
    expect(problemsOf(`${text}${comment}`)).toEqual([expect.stringContaining('at most 65536 are read')]);
    const scores = new Map(Array.from({ length: 10_000 }, (_, i) => [`case-${i}`, 0.5]));
    const evaluation = {
      release: 'v1',
      digest,
      at,
      by: 'ci',
      name: 'ai-eval',
      set: 's',
      mean: 0.5,
      cases: 10_000,
    };
    expect(filed({ record: 'evaluation', ...evaluation, scores }).text.length).toBeGreaterThan(64 * 1024);
    scores.set('case-one-more', 1);
    expect(fileRecord({ record: 'evaluation', ...evaluation, scores }).ok).toBe(false);
  });
});
