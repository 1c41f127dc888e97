// The cost of an input schema's references: how often subschemas are evaluated for one value once every `$ref` is
// followed. References that double at each level would cost 2^n.
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';

/** Most evaluations of subschemas for one value, without its members. */
export const maxReferenceCost = 10_000;

const singles = ['not', 'if', 'then', 'else'];
const lists = ['allOf', 'anyOf', 'oneOf'];

/** What is wrong with the references of `schema`; `undefined` when nothing is. */
export function judgeReferences(schema: JsonObject): string | undefined {
  const costs = new Map<Json, number>();
  const open = new Set<Json>();
  let problem: string | undefined;

  const costOf = (part: Json | undefined): number => {
    if (!isJsonObject(part)) return 1;
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
  return problem ?? judgeDepth([...seen], schema);
}

/** The subschemas that judge one value, and how often each does. */
type Multiple = ReadonlyMap<JsonObject, number>;

/** Most levels of an input; the Hub refuses deeper ones. */
const mostLevels = 100;

/**
 * References between members multiply too: two from each level to the next give 2^n for a value n levels down. Counts,
 * level by level, how often a value at the end of the worst path is evaluated.
 */
function judgeDepth(parts: readonly Json[], root: JsonObject): string | undefined {
  if (!parts.some((part) => isJsonObject(part) && typeof part['$ref'] === 'string')) return undefined;
  const slots = new Map<JsonObject, readonly Multiple[]>();
  const slotsOf = (part: JsonObject): readonly Multiple[] => {
    let known = slots.get(part);
    if (known === undefined) slots.set(part, (known = listSlots(expand(part, root))));
    return known;
  };
  let costs = new Map<JsonObject, number>();
  const objects = parts.filter(isJsonObject);
  for (let level = 0; level < mostLevels; level += 1) {
    const next = new Map<JsonObject, number>();
    let isSettled = true;
    for (const part of objects) {
      let most = 1;
      for (const slot of slotsOf(part)) {
        let sum = 0;
        for (const [below, times] of slot) sum += times * (costs.get(below) ?? 1);
        most = Math.max(most, sum);
      }
      if (most > maxReferenceCost)
        return `its references unfold to more than ${maxReferenceCost} evaluations for one value of a nested input`;
      if (most !== (costs.get(part) ?? 1)) isSettled = false;
      next.set(part, most);
    }
    costs = next;
    if (isSettled) break;
  }
  return undefined;
}

/** A subschema and all subschemas that judge the same value through it. */
function expand(part: JsonObject, root: JsonObject): Multiple {
  const found = new Map<JsonObject, number>();
  const add = (one: Json | undefined): void => {
    if (!isJsonObject(one)) return;
    found.set(one, (found.get(one) ?? 0) + 1);
    for (const below of inPlace(one, root)) add(below);
  };
  add(part);
  return found;
}

const anyMember = ['additionalProperties', 'unevaluatedProperties', 'propertyNames'];
const anyItem = ['items', 'contains', 'unevaluatedItems'];

/** What judges each member with its own subschemas, and any other member. */
function listSlots(multiple: Multiple): Multiple[] {
  const shared: { members: Map<JsonObject, number>; items: Map<JsonObject, number> } = {
    members: new Map(),
    items: new Map(),
  };
  const named = new Map<string, Map<JsonObject, number>>();
  const add = (into: Map<JsonObject, number>, part: Json | undefined, times: number): void => {
    if (isJsonObject(part)) into.set(part, (into.get(part) ?? 0) + times);
  };
  const slot = (name: string): Map<JsonObject, number> => {
    let known = named.get(name);
    if (known === undefined) named.set(name, (known = new Map()));
    return known;
  };
  for (const [part, times] of multiple) {
    for (const key of anyMember) add(shared.members, own(part, key), times);
    for (const key of anyItem) add(shared.items, own(part, key), times);
    const patterns = own(part, 'patternProperties');
    if (isJsonObject(patterns))
      for (const below of Object.values(patterns)) add(shared.members, below, times);
    const properties = own(part, 'properties');
    if (isJsonObject(properties))
      for (const [name, below] of Object.entries(properties)) add(slot(`.${name}`), below, times);
    const prefix = own(part, 'prefixItems');
    if (Array.isArray(prefix)) for (const [i, below] of prefix.entries()) add(slot(`${i}`), below, times);
  }
  const all = [...named].map(([name, of]) => {
    const merged = new Map(of);
    for (const [part, times] of name.startsWith('.') ? shared.members : shared.items)
      merged.set(part, (merged.get(part) ?? 0) + times);
    return merged;
  });
  return [...all, shared.members, shared.items].filter(({ size }) => size > 0);
}

function own(part: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(part, key) ? part[key] : undefined;
}

/** The subschemas that judge the same value as `schema`. */
function inPlace(schema: JsonObject, root: JsonObject): (Json | undefined)[] {
  const parts: (Json | undefined)[] = singles
    .filter((key) => Object.hasOwn(schema, key))
    .map((key) => schema[key]);
  for (const key of lists) {
    const list = Object.hasOwn(schema, key) ? schema[key] : undefined;
    if (Array.isArray(list)) parts.push(...list);
  }
  const dependent = Object.hasOwn(schema, 'dependentSchemas') ? schema['dependentSchemas'] : undefined;
  if (isJsonObject(dependent)) parts.push(...Object.values(dependent));
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
    else place = isJsonObject(place) && Object.hasOwn(place, key) ? place[key] : undefined;
  }
  return place;
}
