// The document parsers on documents that were damaged at random: they never throw, always say where, and what they accept
// is what the YAML library reads. Short here; STK_FUZZ_RUNS makes it long (npm run fuzz).
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { formatRelease } from '../../src/documents/release/format-release.ts';
import { parsePointer } from '../../src/documents/parse-pointer.ts';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { maxReleaseBytes, parseRelease } from '../../src/documents/release/parse-release.ts';
import { openReleaseSource } from '../../src/documents/release/parse-release-source.ts';
import type { DocumentProblem } from '../../src/model/problem.ts';
import { readReleaseSummary } from '../../src/documents/release/read-release-summary.ts';
import { aPointer, aProject, aQuery, aRelease } from '../support/documents/release.ts';

const settings = {
  numRuns: 300 * Math.max(1, Number(process.env['STK_FUZZ_RUNS'] ?? 0) / 20),
  seed: Number(process.env['STK_FUZZ_SEED'] ?? 20_261_121),
};

const whole = {
  release: aRelease({
    notes: 'one\ntwo',
    schema: {
      tables: { 'side.orders': { columns: { id: { type: 'integer', nullable: true } }, unique: [['id']] } },
      enums: { mood: ['glad', 'sad'] },
    },
    config: { list: [1, 2.5, true, null, 'x'], deep: { er: { 'a b': '1' } } },
    operations: { 'a.b': aQuery(), c: { value: [1] }, d: aQuery({ mode: 'write', returns: 'count' }) },
  }),
  pointer: aPointer(),
  project: aProject({
    limits: { rows: 5, statement: '1s' },
    auth: { jwt: { secretFrom: 'KEY' }, issuer: 'i', audience: 'a', rolesClaim: 'roles' },
  }),
};

const insertions = [
  ['\n', '  ', '\t', ': ', '- ', '"', "'", '[', ']', '{', '}', '&a ', '*a', '<<: *a', '!!binary ', '!x '],
  ['|\n', '>-\n', '? ', '# ', '---\n', '...\n', '%YAML 1.1\n', '\0', '\uFEFF', '\u2028', '😀', '\uD800'],
  ['__proto__: 1\n', 'constructor: {}\n', '1e999', '.nan', '0o7', '0x1F', 'yes', '~', 'null', '2026-01-01'],
].flat();

/** One piece of damage: at a place in per mille of the text. */
const damage = fc.record({
  at: fc.nat(999),
  length: fc.nat(12),
  kind: fc.constantFrom('cut', 'insert', 'double', 'swap', 'line'),
  text: fc.oneof(fc.constantFrom(...insertions), fc.string({ unit: 'binary', maxLength: 6 })),
});
const damages = fc.array(damage, { minLength: 1, maxLength: 4 });
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function apply(text: string, { at, length, kind, text: put }: Damage): string {
  const from = Math.floor((text.length * at) / 1000);
  const [before, hit, after] = [
    text.slice(0, from),
    text.slice(from, from + length),
    text.slice(from + length),
  ];
  if (kind === 'cut') return before + after;
  if (kind === 'insert') return before + put + hit + after;
  if (kind === 'double') return before + hit + hit + after;
  if (kind === 'swap') return before + put + after;
  const lines = text.split('\n');
  lines.splice(from % lines.length, 0, lines[length % lines.length] ?? '');
  return lines.join('\n');
}

function expectPlaces(problems: readonly DocumentProblem[], text: string): void {
  expect(problems.length).toBeGreaterThan(0);
  const most = text.split(/\n|\r\n?/).length + 1;
  for (const { line, column, message } of problems) {
    expect(message).not.toBe('');
    expect([line >= 1, line <= most, column >= 1]).toEqual([true, true, true]);
  }
}

describe('damaged documents', () => {
  it('releases: what is accepted is what YAML says, and reads the same when written again', () => {
    let accepted = 0;
    fc.assert(
      fc.property(damages, (all) => {
        const text = all.reduce(apply, whole.release);
        const parsed = parseRelease(text, { file: 'releases/v1.0.0.yaml', id: 'v1.0.0' });
        readReleaseSummary(text);
        if (!parsed.ok) return expectPlaces(parsed.problems, text);
        accepted += 1;
        const { value } = parsed;
        const said: unknown = parse(text, { maxAliasCount: 100 });
        expect(JSON.parse(JSON.stringify(said))).toMatchObject({ release: value.release, ref: value.ref });
        expect(Object.keys(Object(said))).toContain('createdAt');
        expect(Object.entries(Object(Object(said).operations)).length).toBe(value.operations.size);
        expect(Object(said).config ?? {}).toEqual(value.config);
        const again = parseRelease(formatRelease(value), { file: 'releases/v1.0.0.yaml', id: 'v1.0.0' });
        expect(again).toEqual({ ok: true, value });
      }),
      settings,
    );
    expect(accepted).toBeGreaterThan(settings.numRuns / 50);
  });

  it('pointers, projects and sources of releases', () => {
    const source = whole.release.replace(/^(release|ref|createdAt): .*\n/gm, '');
    fc.assert(
      fc.property(damages, (all) => {
        const [pointer, project, draft] = [whole.pointer, whole.project, source].map((text) =>
          all.reduce(apply, text),
        ) as [string, string, string];
        const parsedPointer = parsePointer(pointer, { file: 'environments/dev.yaml' });
        if (parsedPointer.ok) expect(parse(pointer)).toEqual({ release: parsedPointer.value.release });
        else expectPlaces(parsedPointer.problems, pointer);
        const parsedProject = parseProject(project, { file: 'stk.yaml', gateKinds });
        if (parsedProject.ok)
          expect(Object.keys(Object(Object(parse(project)).environments))).toEqual([
            ...parsedProject.value.environments.keys(),
          ]);
        else expectPlaces(parsedProject.problems, project);
        const opened = openReleaseSource(draft, { file: 'release.yaml' });
        if (opened.problems().length > 0) expectPlaces(opened.problems(), draft);
      }),
      settings,
    );
  });

  it('of one huge key, of duplicate keys and of great depth are refused with their place', () => {
    const huge = 'k'.repeat(100_000);
    const cases = [
      [`${whole.release}${huge}: 1\n`, 'at most 1024 chars'],
      [`${whole.release}? ${huge}\n: 1\n`, 'unknown key'],
      [`${whole.release}release: v1.0.0\n`, 'occurs twice'],
      [`${whole.release}? ${huge}\n: 1\n? ${huge}\n: 2\n`, 'kkk'],
      [`${whole.release}x: ${'['.repeat(200)}`, 'deep'],
      [`x: ${'y'.repeat(maxReleaseBytes)}`, 'at most'],
    ] as const;
    for (const [text, message] of cases) {
      const parsed = parseRelease(text, { file: 'releases/v1.0.0.yaml', id: 'v1.0.0' });
      if (parsed.ok) throw new Error('accepted');
      const told = parsed.problems.map((problem) => problem.message).join('\n');
      expect(told).toContain(message);
      expect(told.length).toBeLessThan(5000);
      expect(parsed.problems.map(({ pointer }) => pointer).join('').length).toBeLessThan(5000);
    }
  });
});
