// Adds one entry to the bytes of a git tree, or removes it, and keeps every other byte: order, modes and odd names of
// other programs survive. Pure.

/**
 * `mode` is for a new entry; an existing regular file keeps its mode. `null` removes the name. Throws RangeError when
 * the bytes are not a tree.
 */
export function spliceTree(
  tree: Buffer,
  name: string,
  entry: { readonly mode: string; readonly id: string } | null,
): Buffer {
  const wanted = sortKey(Buffer.from(name, 'utf8'), entry?.mode ?? '');
  let insertAt = tree.length;
  for (let at = 0; at < tree.length;) {
    const modeEnd = tree.indexOf(0x20, at);
    const nameEnd = modeEnd === -1 ? -1 : tree.indexOf(0, modeEnd + 1);
    const end = nameEnd + 21;
    if (nameEnd === -1 || end > tree.length) throw new RangeError(`no tree entry at byte ${at}`);
    const mode = tree.toString('latin1', at, modeEnd);
    const entryName = tree.subarray(modeEnd + 1, nameEnd);
    if (entryName.toString('utf8') === name) {
      if (entry === null) return Buffer.concat([tree.subarray(0, at), tree.subarray(end)]);
      const isSameKind = mode.startsWith('100') === entry.mode.startsWith('100');
      const replaced = encode(isSameKind ? mode : entry.mode, name, entry.id);
      return Buffer.concat([tree.subarray(0, at), replaced, tree.subarray(end)]);
    }
    if (insertAt === tree.length && sortKey(entryName, mode).compare(wanted) > 0) insertAt = at;
    at = end;
  }
  if (entry === null) return tree;
  return Buffer.concat([
    tree.subarray(0, insertAt),
    encode(entry.mode, name, entry.id),
    tree.subarray(insertAt),
  ]);
}

function encode(mode: string, name: string, id: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`, 'utf8'), Buffer.from(id, 'hex')]);
}

// git sorts a folder as if its name ended with a slash.
function sortKey(name: Buffer, mode: string): Buffer {
  return mode === '40000' ? Buffer.concat([name, Buffer.from('/')]) : name;
}
