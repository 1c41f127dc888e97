// The identifiers of a statement, to find the operations that use a column. Generous: an alias or a keyword counts too.

/** Folded as PostgreSQL folds them, without strings and comments. */
export function readWords(sql: string): ReadonlySet<string> {
  const words = new Set<string>();
  const token =
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|(\$[A-Za-z_]*\$)[\s\S]*?\1|"((?:[^"]|"")*)"|([\p{L}_][\p{L}\p{N}_$]*)/gu;
  for (const [, , quoted, plain] of sql.matchAll(token)) {
    if (quoted !== undefined) words.add(quoted.replaceAll('""', '"'));
    else if (plain !== undefined) words.add(plain.toLowerCase());
  }
  return words;
}
