// The part of JSON Schema 2020-12 in which stk's documents are described, and the check of a tree against it with
// messages for people. The same schemas are published under schemas/ for editors.
import { findNearest } from '../../kernel/nearest-name.ts';
import { pointerTo, type TreeMap, type TreeNode, type TreeScalar } from '../yaml/document-tree.ts';
import type { ProblemList } from '../yaml/problem-list.ts';

export interface DocumentSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  /** A noun phrase for the expected value; messages use it when `pattern` or `anyOf` fails. */
  readonly description?: string;
  readonly type?: SchemaType | readonly SchemaType[];
  readonly const?: string | boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: DocumentSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, DocumentSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | DocumentSchema;
  readonly propertyNames?: DocumentSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** Exactly one of these members: [{required: [a]}, {required: [b]}]. */
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
  /** Never shown in a message: the value may be a secret. */
  readonly writeOnly?: boolean;
  readonly default?: string | number | boolean;
  readonly examples?: readonly (string | number)[];
}

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

const typeNames: Readonly<Record<SchemaType, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
};

/** Adds to `problems` every difference between the tree and the schema. */
export function checkTree(node: TreeNode, schema: DocumentSchema, problems: ProblemList, pointer = ''): void {
  if (!hasType(node, schema)) {
    problems.add(node.at, pointer, describeWrongType(node, schema));
    return;
  }
  if (node.kind === 'map') checkMap(node, schema, problems, pointer);
  else if (node.kind === 'list') checkList(node.items, node.at, schema, problems, pointer);
  else checkScalar(node, schema, problems, pointer);
}

function checkMap(node: TreeMap, schema: DocumentSchema, problems: ProblemList, pointer: string): void {
  const known = schema.properties ?? {};
  for (const name of schema.required ?? []) {
    if (node.entries.has(name)) continue;
    const what = known[name]?.description;
    problems.add(node.at, pointer, `"${name}" is missing${what === undefined ? '' : `: ${what}`}`);
  }
  const { minProperties = 0, maxProperties = Infinity } = schema;
  if (node.entries.size < minProperties)
    problems.add(
      node.at,
      pointer,
      `expected at least ${minProperties} here: ${schema.description ?? 'a mapping'}`,
    );
  if (node.entries.size > maxProperties)
    problems.add(node.at, pointer, `${node.entries.size} members; at most ${maxProperties} are allowed`);
  checkOneOf(node, schema, problems, pointer);
  for (const [name, { keyAt, value }] of node.entries) {
    const below = pointerTo(pointer, name);
    const property = Object.hasOwn(known, name) ? known[name] : undefined;
    if (property !== undefined) {
      checkTree(value, property, problems, below);
    } else if (schema.additionalProperties === false) {
      problems.add(keyAt, below, describeUnknown(name, Object.keys(known), node));
    } else {
      if (schema.propertyNames !== undefined) {
        checkScalar(
          { kind: 'scalar', at: keyAt, value: name, source: name },
          schema.propertyNames,
          problems,
          below,
        );
      }
      if (schema.additionalProperties !== undefined)
        checkTree(value, schema.additionalProperties, problems, below);
    }
  }
}

function checkOneOf(node: TreeMap, schema: DocumentSchema, problems: ProblemList, pointer: string): void {
  if (schema.oneOf === undefined) return;
  const names = schema.oneOf.flatMap((branch) => branch.required);
  const present = names.filter((name) => node.entries.has(name));
  if (present.length === 1) return;
  const list = names.map((name) => `"${name}"`).join(' or ');
  problems.add(
    node.at,
    pointer,
    present.length === 0 ? `one of ${list} is missing` : `expected only one of ${list}, not both`,
  );
}

function checkList(
  items: readonly TreeNode[],
  at: number,
  schema: DocumentSchema,
  problems: ProblemList,
  pointer: string,
): void {
  const { minItems = 0, maxItems = Infinity } = schema;
  if (items.length < minItems)
    problems.add(at, pointer, `expected at least ${minItems} here: ${schema.description ?? 'a list'}`);
  if (items.length > maxItems)
    problems.add(at, pointer, `${items.length} items; at most ${maxItems} are allowed`);
  if (schema.items === undefined) return;
  for (const [i, item] of items.entries()) checkTree(item, schema.items, problems, pointerTo(pointer, i));
}

function checkScalar(node: TreeScalar, schema: DocumentSchema, problems: ProblemList, pointer: string): void {
  const { value } = node;
  const expected = schema.description === undefined ? '' : `: expected ${schema.description}`;
  const shown = schema.writeOnly === true ? 'this' : show(value);
  if (schema.const !== undefined && value !== schema.const)
    problems.add(node.at, pointer, `${shown} is not possible here: expected ${String(schema.const)}`);
  if (typeof value === 'string') {
    const length = [...value].length;
    if (schema.enum !== undefined && !schema.enum.includes(value)) {
      const nearest = findNearest(value, schema.enum);
      problems.add(
        node.at,
        pointer,
        `${shown} is not possible here: expected ${schema.enum.join(' or ')}${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`,
      );
    } else if (length > (schema.maxLength ?? Infinity)) {
      problems.add(
        node.at,
        pointer,
        `${length} characters; at most ${schema.maxLength} are allowed${expected}`,
      );
    } else if (length < (schema.minLength ?? 0)) {
      problems.add(node.at, pointer, `the text is ${length === 0 ? 'empty' : 'too short'}${expected}`);
    } else if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
      problems.add(node.at, pointer, `${shown} does not fit${expected}`);
    }
  }
  if (typeof value === 'number') {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    if (value < minimum || value > maximum)
      problems.add(node.at, pointer, `${shown} is out of bounds: expected ${minimum} to ${maximum}`);
  }
}

function hasType(node: TreeNode, schema: DocumentSchema): boolean {
  if (schema.type === undefined) return true;
  const types: readonly SchemaType[] = typeof schema.type === 'string' ? [schema.type] : schema.type;
  return types.some((type) => {
    if (type === 'object') return node.kind === 'map';
    if (type === 'array') return node.kind === 'list';
    if (node.kind !== 'scalar') return false;
    if (type === 'null') return node.value === null;
    if (type === 'integer') return Number.isInteger(node.value);
    return typeof node.value === type;
  });
}

function describeWrongType(node: TreeNode, schema: DocumentSchema): string {
  const types =
    schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type;
  const wanted = types.map((type) => typeNames[type]).join(' or ');
  const expected = schema.description === undefined ? wanted : `${wanted}, ${schema.description}`;
  if (node.kind === 'map') return `this is a mapping: expected ${expected}`;
  if (node.kind === 'list') return `this is a list: expected ${expected}`;
  if (node.value === null)
    return node.source === ''
      ? `nothing is given here: expected ${expected}`
      : `this is null: expected ${expected}`;
  if (types.includes('string')) {
    return `${node.source} is a ${typeof node.value} in YAML: write it in quotes, '${node.source}'; expected ${expected}`;
  }
  if (
    types.includes('boolean') &&
    typeof node.value === 'string' &&
    /^(yes|on|y|no|off|n)$/i.test(node.value)
  ) {
    return `${show(node.value)} is text in YAML 1.2: write ${/^(yes|on|y)$/i.test(node.value)}`;
  }
  return `${show(node.value)} is ${typeof node.value === 'string' ? 'text' : `a ${typeof node.value}`}: expected ${expected}`;
}

function describeUnknown(name: string, known: readonly string[], node: TreeMap): string {
  const nearest = findNearest(name, known);
  if (nearest !== undefined) return `unknown key "${clip(name)}"; did you mean "${nearest}"?`;
  const free = known.filter((key) => !node.entries.has(key));
  return `unknown key "${clip(name)}"${free.length === 0 ? '' : `: expected one of ${free.join(', ')}`}`;
}

function show(value: string | number | boolean | null): string {
  return typeof value === 'string' ? JSON.stringify(clip(value)) : String(value);
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
