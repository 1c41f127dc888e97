// PostgreSQL's text form of arrays: `{1,NULL,"a b"}`, nested, with an optional `[0:2]=` prefix. Reads and writes it;
// the caller interprets the elements.

/** Element text, null for NULL, or an inner array. */
export type ArrayText = (string | null | ArrayText)[];

export function parseArrayText(text: string, delimiter: string): ArrayText {
  let at = text.startsWith('[') ? text.indexOf('=') + 1 : 0;

  const readQuoted = (): string => {
    let value = '';
    for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
      if (text[at] === '\\') at += 1;
      value += text[at] ?? '';
    }
    at += 1;
    return value;
  };
  const readPlain = (): string | null => {
    let value = '';
    for (; at < text.length && text[at] !== delimiter && text[at] !== '}'; at += 1) {
      if (text[at] === '\\') at += 1;
      value += text[at] ?? '';
    }
    return value === 'NULL' ? null : value;
  };
  const readArray = (): ArrayText => {
    const items: ArrayText = [];
    at += 1;
    while (at < text.length && text[at] !== '}') {
      if (text[at] === '{') items.push(readArray());
      else items.push(text[at] === '"' ? readQuoted() : readPlain());
      if (text[at] === delimiter) at += 1;
    }
    at += 1;
    return items;
  };
  return readArray();
}

export function writeArrayText(items: ArrayText, delimiter: string): string {
  const written = items.map((item) => {
    if (item === null) return 'NULL';
    if (typeof item !== 'string') return writeArrayText(item, delimiter);
    return `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  });
  return `{${written.join(delimiter)}}`;
}
