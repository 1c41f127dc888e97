import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { editPointer, type PointerEdit } from '../../src/documents/edit-pointer.ts';
import { parsePointer } from '../../src/documents/parse-pointer.ts';
import { formatPointer } from '../../src/promotion/pointer-file.ts';

const parse = (text: string) => {
  const parsed = parsePointer(text, { file: 'environments/prod.yaml' });
  if (!parsed.ok) throw new Error(`${JSON.stringify(parsed.problems)}\n${text}`);
  return parsed.value;
};
const whole = `# who: payments
release: v1   # pinned

# until Monday
hold:
  reason: after the incident # see #42
  # a note inside
hotfix: { reason: outage, approvers: [ada@example.com] }
override:
  freeze: [peak, halt]
  reason: >-
    two
    lines
# end
`;

describe('parsePointer', () => {
  it('reads hold, hotfix and override', () => {
    expect(parse(whole)).toEqual({
      release: 'v1',
      hold: { reason: 'after the incident' },
      hotfix: { reason: 'outage', approvers: ['ada@example.com'] },
      override: { freezes: ['peak', 'halt'], reason: 'two lines' },
    });
    expect(parse('release: v1\noverride: { freeze: peak, reason: x }\n').override).toEqual({
      freezes: ['peak'],
      reason: 'x',
    });
  });

  it.each([
    ['hold: {}', '"reason" is missing: the reason, for people'],
    ['hold: { reasn: x }', 'unknown key "reasn"; did you mean "reason"?'],
    ['hotfx: { reason: x }', 'unknown key "hotfx"; did you mean "hotfix"?'],
    ['override: { reason: x }', '"freeze" is missing: the name of a freeze, or a list of names'],
    [
      'hold: soon',
      '"soon" is text: expected a mapping, automation makes no forward move here: { reason: … }',
    ],
  ])('says what is wrong with %s', (line, expected) => {
    const parsed = parsePointer(`release: v1\n${line}\n`, { file: 'environments/prod.yaml' });
    const messages = parsed.ok ? [] : parsed.problems.map(({ message, line: at }) => [at, message]);
    expect(messages).toContainEqual([2, expected]);
  });
});

describe('editPointer', () => {
  it('drops hotfix and override with the next move and keeps the rest byte for byte', () => {
    expect(formatPointer(whole, 'v2')).toBe(`# who: payments
release: v2   # pinned

# until Monday
hold:
  reason: after the incident # see #42
  # a note inside
# end
`);
  });

  it('adds a key at the end, replaces one in its place, and takes one out', () => {
    const held = editPointer('release: v1\n', { release: 'v2', hold: { reason: 'rolled back' } });
    expect(held).toBe('release: v2\nhold:\n  reason: rolled back\n');
    expect(editPointer(held, { release: 'v2', hold: { reason: 'again' } })).toBe(
      'release: v2\nhold:\n  reason: again\n',
    );
    expect(editPointer(held, { release: 'v1', hold: null })).toBe('release: v1\n');
    expect(editPointer('release: v1', { release: 'v2', hotfix: { reason: 'x', approvers: [] } })).toBe(
      'release: v2\nhotfix:\n  reason: x\n',
    );
  });

  it('keeps line ends and flow style', () => {
    expect(editPointer('release: v1\r\n# end\r\n', { release: 'v2', hold: { reason: 'x' } })).toBe(
      'release: v2\r\n# end\r\nhold:\r\n  reason: x\r\n',
    );
    expect(editPointer('{ release: v1 } # here\n', { release: 'v2', hold: { reason: 'x' } })).toBe(
      '{ release: v2, hold: { reason: x } } # here\n',
    );
    expect(editPointer('---\nrelease: v1\n...\n', { release: 'v2', hold: { reason: 'x' } })).toBe(
      '---\nrelease: v2\nhold:\n  reason: x\n...\n',
    );
  });

  it.each([
    'release: v1\nhold: 3\n',
    'release: v1\nhold: &a { reason: x }\n',
    'release: v1\nextra: 1\n',
    '',
    'x',
  ])('writes %j anew', (text) => {
    expect(editPointer(text, { release: 'v2' })).toBe(
      '# yaml-language-server: $schema=../schemas/pointer.json\nrelease: v2\n',
    );
  });

  it('says afterwards what it was told, whatever the reason and whatever stood there', () => {
    const reason = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !/[\0\uD800-\uDFFF]/u.test(text));
    const id = fc.constantFrom('v1', 'v2', '1.10', 'null');
    const change: fc.Arbitrary<PointerEdit> = fc.record(
      {
        release: id,
        hold: fc.option(fc.record({ reason })),
        hotfix: fc.option(
          fc.record({
            reason,
            approvers: fc.array(fc.constantFrom('a@example.com', 'b@example.com'), { maxLength: 2 }),
          }),
        ),
        override: fc.option(
          fc.record({
            reason,
            freezes: fc.uniqueArray(fc.constantFrom('peak', '1', 'null'), { minLength: 1 }),
          }),
        ),
      },
      { requiredKeys: ['release'] },
    );
    const start = fc.constantFrom(
      undefined,
      whole,
      'release: v1\n',
      '{release: v1}',
      whole.replaceAll('\n', '\r\n'),
    );
    fc.assert(
      fc.property(start, fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
        let now = text;
        let expected: Record<string, unknown> = text === undefined ? {} : { ...parse(text) };
        for (const one of changes) {
          now = editPointer(now, one);
          expected = { ...expected, ...one };
        }
        const kept = Object.entries(expected).filter(([, value]) => value !== null);
        expect(parse(now ?? '')).toEqual(Object.fromEntries(kept));
      }),
      { numRuns: 300 },
    );
  });
});
