// Finding one entry in the bytes of a git tree, which anybody may have written.
import { describe, expect, it } from '@jest/globals';
import { findTreeEntry, parseTree } from '../../src/git/objects/parse-tree.ts';

const blank = 0x20;

function entry(name: string, id: Buffer = Buffer.alloc(20, 7), mode = '100644'): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), id]);
}

/** An id that contains the bytes of an entry's name. */
function idWith(name: string): Buffer {
  const id = Buffer.alloc(20, 1);
  id.set([blank, ...Buffer.from(name), 0], 3);
  return id;
}

describe('an entry of a tree', () => {
  const names = ['a', 'a.yaml', 'aa', 'b', 'b b', 'ä', 'z'];
  const tree = Buffer.concat(names.map((name, at) => entry(name, Buffer.alloc(20, at))));

  it.each(names)('is found by its whole name: %s', (name) => {
    expect(findTreeEntry(tree, name)).toEqual(parseTree(tree).find((one) => one.name === name));
  });

  it.each(['', 'yaml', 'a.yam', 'c', 'z\0', 'a\0', ' b'])('is not found by another name: %j', (name) => {
    expect(findTreeEntry(tree, name)).toBeUndefined();
  });

  it('is found behind ids that contain its name', () => {
    const wanted = entry('c', Buffer.alloc(20, 9));
    const hostile = Buffer.concat([entry('a', idWith('c')), entry('b', idWith('c')), wanted]);
    expect(findTreeEntry(hostile, 'c')).toMatchObject({ name: 'c', id: '09'.repeat(20) });
    expect(findTreeEntry(hostile.subarray(0, hostile.length - wanted.length), 'c')).toBeUndefined();
  });

  it('is not made of what two entries have side by side', () => {
    const end = Buffer.alloc(20, 1);
    end[19] = blank;
    const hostile = Buffer.concat([entry('a', end), Buffer.from('c\0'), entry('b')]);
    expect(findTreeEntry(Buffer.concat([entry('a', end), entry('b')]), '100644 b')).toBeUndefined();
    expect(findTreeEntry(hostile, 'c')).toBeUndefined();
  });

  it.each([5, 9, 20])('makes an error of bytes that end too early, after %i', (length) => {
    const cut = entry('c', idWith('c')).subarray(0, length);
    expect(() => parseTree(cut)).toThrow(RangeError);
  });
});
