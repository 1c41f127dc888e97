// Reads from a stk.yaml of any age which environments it lists and which of them have `from` or gates. Lenient on
// purpose: history has files that today's schema refuses. parse-project.ts judges the current document.
import { isMap, isScalar } from 'yaml';
import { parseUnjudged } from '../yaml/load-yaml.ts';

/** Environment → whether it has `from` or at least one gate. `null` when the text cannot be read. */
export function readGovernance(text: string): ReadonlyMap<string, boolean> | null {
  const document = parseUnjudged(text, 'core');
  if (document === undefined || document.errors.length > 0 || !isMap(document.contents)) return null;
  const list = document.contents.get('environments');
  const found = new Map<string, boolean>();
  for (const { key, value } of isMap(list) ? list.items : []) {
    if (!isScalar(key)) continue;
    const gates = isMap(value) ? value.get('gates') : undefined;
    const hasGates = isMap(gates) ? gates.items.length > 0 : gates !== undefined && gates !== null;
    found.set(String(key.value), hasGates || (isMap(value) && value.has('from')));
  }
  return found;
}
