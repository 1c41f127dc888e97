// What is read from documents before anybody has judged them: pointers of any commit, releases in a list, stk.yaml of a
// command line. No text takes the process with it, or its time.
import { describe, expect, it } from '@jest/globals';
import { editPointer, readPointerRelease } from '../../src/documents/edit-pointer.ts';
import { parsePointer } from '../../src/documents/parse-pointer.ts';
import { readProjectIdentity } from '../../src/documents/project/read-project-identity.ts';
import { readReleaseSummary } from '../../src/documents/release/read-release-summary.ts';

describe.each(['[', '{a: ', '- ', '? ', '!x [', '[{'])('text that nests %j without end', (opening) => {
  const text = opening.repeat(20_000);

  it('names no release, and is replaced when one is set', () => {
    expect(readPointerRelease(`release: ${text}`)).toBeUndefined();
    expect(readPointerRelease(editPointer(`release: ${text}`, { release: 'v2' }))).toBe('v2');
  });

  it('has neither summary nor names', () => {
    expect(readReleaseSummary(text).ref).toBe('');
    expect(readReleaseSummary(`notes: ${text}`).ref).toBe('');
    expect(readProjectIdentity(`project: shop\nmore: ${text}`).environments).toEqual([]);
  });
});

describe('text of many anchors, keys or errors', () => {
  it.each(['&a ', '! ', 'a: 1, ', ', '])('is read in its own time: %j', (piece) => {
    const text = piece.repeat(20_000);
    expect(readPointerRelease(`release: v1\n${text}`)).toBeUndefined();
    expect(readReleaseSummary(`{ ref: x, ${text} }`).createdAt).toBe('');
  });
});

describe('setting the release of a pointer', () => {
  it.each([
    ['a byte order mark', '\uFEFFrelease: v1\n'],
    ['an unknown key', 'release: v1\nextra: 1\n'],
    ['a tag', 'release: !!str v1\n'],
    ['an anchor', 'release: &a v1\n'],
    ['an anchor of all', '&all\nrelease: v1\n'],
    ['a directive', '%YAML 1.1\n---\nrelease: v1\n'],
    ['a NUL in a comment', 'release: v1 #\0\n'],
    ['more bytes than are read', `release: v1\n# ${'x'.repeat(70_000)}`],
    ['the key twice', 'release: v1\nrelease: v3\n'],
  ])('makes a valid file of one with %s', (_, text) => {
    const edited = editPointer(text, { release: 'v2' });
    expect(parsePointer(edited, { file: 'environments/dev.yaml' })).toEqual({
      ok: true,
      value: { release: 'v2' },
    });
  });

  it.each([
    ["release: 'v1' # pinned\n", "release: 'v2' # pinned\n"],
    ['# why\r\n{ release: v1 }\r\n', '# why\r\n{ release: v2 }\r\n'],
    ['---\n? release\n: "v1"\n', '---\n? release\n: "v2"\n'],
  ])('keeps the rest of a valid one: %j', (text, edited) => {
    expect(editPointer(text, { release: 'v2' })).toBe(edited);
  });
});
