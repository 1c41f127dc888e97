// Finds the value of a top-level key in a valid YAML text.

/** 1-based; the first line when the key is not written plainly. */
export function placeOfValue(text: string, key: string): { readonly line: number; readonly column: number } {
  const pattern = new RegExp(`^["']?${key}["']?\\s*:\\s*`);
  const lines = text.split('\n');
  const index = lines.findIndex((line) => pattern.test(line));
  const found = pattern.exec(lines[index] ?? '');
  return found === null ? { line: 1, column: 1 } : { line: index + 1, column: found[0].length + 1 };
}
