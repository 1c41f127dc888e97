// Keywords of JSON Schema whose cost in ajv grows with the square of the input, or with input times schema. Replaced by
// linear-time versions that compare canonical texts in a set.
import { _, stringify, type CodeKeywordDefinition, type KeywordCxt } from 'ajv';

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

/** JSON with the members in order: equal values have equal texts. */
function toCanonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  if (Array.isArray(value) && value.every(isPlain)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(toCanonical).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${toCanonical(member)}`).join(',')}}`;
}

export function isUnique(items: readonly unknown[]): boolean {
  return new Set(items.map(toCanonical)).size === items.length;
}

/** Returns a test for being one of `values`. */
export function createValues(values: readonly unknown[]): (value: unknown) => boolean {
  const plain = new Set(values.filter(isPlain));
  const others = new Set(values.filter((value) => !isPlain(value)).map(toCanonical));
  return (value) => (isPlain(value) ? plain.has(value) : others.size > 0 && others.has(toCanonical(value)));
}

/** They replace ajv's own keywords. The generated code calls the functions above by name. */
export const linearKeywords: readonly (CodeKeywordDefinition & { readonly keyword: string })[] = [
  {
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must NOT have duplicate items' },
    code(cxt: KeywordCxt) {
      if (cxt.schema !== true) return;
      const call = cxt.gen.scopeValue('func', { ref: isUnique, code: _`isUnique` });
      cxt.pass(_`${call}(${cxt.data})`);
    },
  },
  {
    keyword: 'enum',
    schemaType: 'array',
    error: {
      message: 'must be equal to one of the allowed values',
      params: ({ schemaCode }) => _`{allowedValues: ${schemaCode}}`,
    },
    code(cxt: KeywordCxt) {
      const values: unknown = cxt.schema;
      if (!Array.isArray(values)) return;
      const call = cxt.gen.scopeValue('func', {
        key: JSON.stringify(values),
        ref: createValues(values),
        code: _`createValues(${stringify(values)})`,
      });
      cxt.pass(_`${call}(${cxt.data})`);
    },
  },
];
