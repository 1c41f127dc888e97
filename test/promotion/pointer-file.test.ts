import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPointerRelease } from '../../src/documents/edit-pointer.ts';
import { parsePointer } from '../../src/documents/parse-pointer.ts';
import { formatPointer, pointerPath } from '../../src/promotion/pointer-file.ts';

describe('formatPointer', () => {
  it('changes the release and nothing else', () => {
    const text = '# who: payments team\n\nrelease:   v1.0.0   # pinned, see #42\n# end\n';
    expect(formatPointer(text, 'v1.1.0')).toBe(
      '# who: payments team\n\nrelease:   v1.1.0   # pinned, see #42\n# end\n',
    );
  });

  it('keeps quotes, line ends and flow style', () => {
    expect(formatPointer('release: "v1"\r\n', 'v2')).toBe('release: "v2"\r\n');
    expect(formatPointer("release: 'v1'", 'v2')).toBe("release: 'v2'");
    expect(formatPointer('{ release: v1 }\n', 'v2')).toBe('{ release: v2 }\n');
  });

  it.each(['1.10', 'null', 'true', '0x1F', '1e3', '2026-01-01'])(
    'writes %s so that it is read back as text',
    (release) => {
      expect(readPointerRelease(formatPointer('release: v1\n', release))).toBe(release);
      expect(readPointerRelease(formatPointer(undefined, release))).toBe(release);
    },
  );

  it.each([
    'release: v1\n---\n',
    'release: v1\n...\n---\nrelease: v2\n',
    `release: v1\n# ${'x'.repeat(64 * 1024)}\n`,
    'release: v1\nunknown: 1\n',
    '# \u0000\nrelease: v1\n',
  ])('never writes what is not a valid pointer again: %#', (text) => {
    const written = formatPointer(text, 'v9');
    expect(parsePointer(written, { file: 'pointer' })).toMatchObject({ ok: true, value: { release: 'v9' } });
  });

  it('writes a new file where there is none', () => {
    expect(formatPointer(undefined, 'v1')).toBe(
      '# yaml-language-server: $schema=../schemas/pointer.json\nrelease: v1\n',
    );
  });

  it.each(['', 'release:\n', '[', 'release: [a]\n', 'release: v1\nrelease: v2\n', 'other: 1\n', 'a: *b\n'])(
    'mends the broken pointer %j',
    (text) => {
      expect(readPointerRelease(formatPointer(text, 'v2'))).toBe('v2');
    },
  );

  it('gives a pointer to the release whatever stood there', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `release: ${text}\n`),
        ),
        id,
        (text, release) => {
          expect(readPointerRelease(formatPointer(text, release))).toBe(release);
        },
      ),
    );
  });

  it('stands in environments/', () => {
    expect(pointerPath('prod')).toBe('environments/prod.yaml');
  });
});
