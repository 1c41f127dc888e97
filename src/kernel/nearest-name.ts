// "Did you mean …": finds the known name nearest to an unknown one.

/**
 * The nearest candidate, within two fifths of the name's length in edits, ignoring letter case; `undefined` when none
 * is near. Also accepts the path of a file instead of its name.
 */
export function findNearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 256) return undefined;
  const known = [...candidates];
  const bare = name.replace(/^.*\//, '').replace(/\.ya?ml$/i, '');
  if (bare !== name && known.includes(bare)) return bare;
  let nearest: string | undefined;
  let best = Math.max(1, Math.floor(name.length * 0.4)) + 0.5;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > best) continue;
    const distance = measureDistance(name, candidate);
    if (distance < best) [nearest, best] = [candidate, distance];
  }
  return nearest;
}

/** Only decides between two equally near candidates. */
const otherCase = 0.001;

/** Optimal string alignment: insert, delete, replace, swap of neighbours. */
function measureDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const [x, y] = [a.charAt(i - 1), b.charAt(j - 1)];
      const replace = x === y ? 0 : x.toLowerCase() === y.toLowerCase() ? otherCase : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + replace);
      if (i > 1 && j > 1 && x === b.charAt(j - 2) && a.charAt(i - 2) === y)
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** `, did you mean "x"?` or nothing. */
export function suggest(name: string, candidates: Iterable<string>): string {
  const nearest = findNearest(name, candidates);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}
