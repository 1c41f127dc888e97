// What the references of an input schema cost a call: how often subschemas are evaluated for one value once every
// `$ref` is followed. References that double at each level would cost 2^n.
import type { Json, JsonObject } from '../../kernel/json.ts';

/** Most evaluations of subschemas for one value, members apart. */
export const maxReferenceCost = 10_000;

const singles = ['not', 'if', 'then', 'else'];
const lists = ['allOf', 'anyOf', 'oneOf'];

/** What is wrong with how `schema` refers to itself; undefined: nothing. */
export function judgeReferences(schema: JsonObject): string | undefined {
  const costs = new Map<Json, number>();
  const open = new Set<Json>();
  let problem: string | undefined;

  const costOf = (part: Json | undefined): number => {
    if (!isObject(part)) return 1;
    const known = costs.get(part);
    if (known !== undefined) return known;
    if (open.has(part)) {
      problem ??=
        'a reference leads back to itself without going into a member, so validation would never end';
      return 1;
    }
    open.add(part);
    let cost = 1;
    for (const below of inPlace(part, schema)) cost += costOf(below);
    open.delete(part);
    costs.set(part, cost);
    if (cost > maxReferenceCost)
      problem ??= `its references unfold to more than ${maxReferenceCost} evaluations for one value`;
    return Math.min(cost, maxReferenceCost + 1);
  };

  const pending: Json[] = [schema];
  const seen = new Set<Json>();
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (typeof part !== 'object' || part === null || seen.has(part)) continue;
    seen.add(part);
    if (!Array.isArray(part)) costOf(part);
    pending.push(...Object.values(part));
  }
  return problem;
}

/** The subschemas that judge the same value as `schema` does. */
function inPlace(schema: JsonObject, root: JsonObject): (Json | undefined)[] {
  const parts: (Json | undefined)[] = singles
    .filter((key) => Object.hasOwn(schema, key))
    .map((key) => schema[key]);
  for (const key of lists) {
    const list = Object.hasOwn(schema, key) ? schema[key] : undefined;
    if (Array.isArray(list)) parts.push(...list);
  }
  const dependent = Object.hasOwn(schema, 'dependentSchemas') ? schema['dependentSchemas'] : undefined;
  if (isObject(dependent)) parts.push(...Object.values(dependent));
  const ref = Object.hasOwn(schema, '$ref') ? schema['$ref'] : undefined;
  if (typeof ref === 'string') parts.push(follow(ref, root));
  return parts;
}

function follow(ref: string, root: JsonObject): Json | undefined {
  let place: Json | undefined = root;
  for (const step of ref
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(place)) place = place[Number(key)];
    else place = isObject(place) && Object.hasOwn(place, key) ? place[key] : undefined;
  }
  return place;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
