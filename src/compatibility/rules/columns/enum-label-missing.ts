// ENM001: an enum of the contract, or a label that the contract or a statement names, is missing.
import type { EnumType } from '../../../model/catalogue.ts';
import { isJsonObject, type Json } from '../../../kernel/json.ts';
import type { SqlOperation } from '../../../model/release.ts';
import {
  findEnum,
  nameOf,
  parseName,
  qualify,
  quoteRelation,
  type CheckContext,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { usesColumn } from '../../facts/column-users.ts';
import { mentions, readLast, relationsOf } from '../../check/sql-failures.ts';

export const findEnumLabelMissing: Rule = (context) => [...findDeclared(context), ...findRefused(context)];

function findDeclared(context: CheckContext): Draft[] {
  const { catalogue, operations, release } = context;
  // For an enum that the contract does not name, every label of the cut counts: a caller may send any of them.
  const expected = new Map([...(release.contract?.enums ?? []), ...release.schema.enums]);
  const isExpected = (one: EnumType): boolean =>
    [...expected.keys()].some((written) => findEnum(catalogue, parseName(written)) === one);
  return [...expected].flatMap(([written, labels]): Draft[] => {
    const asked = parseName(written);
    const found = findEnum(catalogue, asked);
    if (found !== undefined)
      return labels
        .filter((label) => !found.labels.includes(label))
        .map((label) => toMissingLabel(context, found, { label, before: labels }));
    const naming = operations.filter(({ words }) => words.has(asked.name));
    const renamed = catalogue.enums.some(
      (one) => !isExpected(one) && one.labels.join('\0') === labels.join('\0'),
    );
    // Values are sent in the same way; only a statement with the type's name is affected.
    if (renamed && naming.every(({ failure }) => failure === undefined)) return [];
    const users = naming.map(({ name }) => name);
    return [
      {
        code: 'ENM001',
        object: qualify(catalogue, asked),
        expected: `an enum with ${labels.join(', ')}`,
        actual: 'missing',
        operations: users,
        explains: users,
        sqlstate: '42704',
        hint: 'Run the migration that creates the enum type.',
      },
    ];
  });
}

/** `before`: the labels of the contract, or of the cut. */
function toMissingLabel(
  context: CheckContext,
  type: EnumType,
  { label, before }: { readonly label: string; readonly before: readonly string[] },
): Draft {
  const hit = context.operations
    .filter(
      (checked) =>
        maySend(checked, type, label) ||
        (checked.analysis?.literals.some(({ value }) => value === label) === true &&
          mayMean(context, checked, type)),
    )
    .map(({ name }) => name);
  const renamed = findRenamed(before, type.labels, label);
  const alter = `alter type ${quoteRelation(type)}`;
  return {
    code: 'ENM001',
    object: `${nameOf(type)}.${label}`,
    expected: `the label ${label}`,
    actual: `the labels are ${type.labels.join(', ')}`,
    operations: hit,
    explains: hit,
    sqlstate: '22P02',
    hint:
      renamed === undefined
        ? addLabel
        : `Rename ${renamed} back: existing rows use it, and a new label would not apply to them.`,
    migration:
      renamed === undefined
        ? `${alter} add value ${literal(label)};`
        : `${alter} rename value ${literal(renamed)} to ${literal(label)};`,
  };
}

const addLabel = 'Add the label again, or rename it back.';

function findRefused({ catalogue, operations }: CheckContext): Draft[] {
  return operations.flatMap((checked): Draft[] => {
    const { failure, name } = checked;
    const label = failure?.routine === 'enum_in' ? readLast(failure.message) : undefined;
    if (failure === undefined || label === undefined) return [];
    const known = catalogue.enums.find((one) => mentions(failure, one.name));
    // The statement names it too.
    const before = failure.message.slice(0, failure.message.lastIndexOf(label));
    const words = [...before.matchAll(/[\p{L}\p{N}_$]+/gu)].map(([word]) => word);
    const type = words.findLast((word) => checked.words.has(word));
    if (known === undefined && type === undefined) return [];
    return [
      {
        code: 'ENM001',
        object: `${known === undefined ? qualify(catalogue, parseName(type ?? '')) : nameOf(known)}.${label}`,
        expected: `the label ${label}`,
        actual: known === undefined ? 'missing' : `the labels are ${known.labels.join(', ')}`,
        operations: [name],
        explains: [name],
        sqlstate: '22P02',
        hint: addLabel,
      },
    ];
  });
}

/** As many labels as before, with a new one in place of the old. */
function findRenamed(before: readonly string[], now: readonly string[], label: string): string | undefined {
  const there = now[before.indexOf(label)];
  return before.length === now.length && there !== undefined && !before.includes(there) ? there : undefined;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A parameter has the type, and the input's schema does not exclude the label. */
function maySend(
  { description, operation, statement }: CheckedOperation,
  type: EnumType,
  label: string,
): boolean {
  if (description?.ok !== true) return false;
  return description.parameters.some((parameter, i) => {
    if (!isOf(type, parameter.name)) return false;
    const values = readAllowed(operation.input, statement.parameters[i] ?? '');
    return values === undefined || values.includes(label);
  });
}

/** The values that an input's schema lists; `undefined` when it lists none. */
function readAllowed(input: SqlOperation['input'], name: string): readonly Json[] | undefined {
  const properties = isJsonObject(input) ? input['properties'] : undefined;
  const property = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  const values = isJsonObject(property) ? property['enum'] : undefined;
  return Array.isArray(values) ? values : undefined;
}

function isOf(type: EnumType, name: string): boolean {
  return name === type.name || name === `${type.name}[]`;
}

/**
 * Whether a literal of the operation can have the type: it is refused, or the statement names the type or uses
 * something of that type.
 */
function mayMean(context: CheckContext, checked: CheckedOperation, type: EnumType): boolean {
  if (checked.failure !== undefined || checked.words.has(type.name)) return true;
  const { description, analysis } = checked;
  if (
    description?.ok === true &&
    [...description.parameters, ...description.fields.map((one) => one.type)].some(({ name }) =>
      isOf(type, name),
    )
  )
    return true;
  if (
    (analysis?.functions ?? []).some(({ name }) =>
      context.catalogue.functions.some(
        (one) => one.name === name && one.argumentTypes.some((argument) => isOf(type, argument.name)),
      ),
    )
  )
    return true;
  return relationsOf(context, checked).some((relation) =>
    relation.columns.some(
      ({ name, type: own }) =>
        (isOf(type, own.name) || own.domain !== undefined) &&
        usesColumn(context, checked, { relation, column: name }),
    ),
  );
}
