// Writes a release as the text of `releases/<id>.yaml`: the same release gives the same bytes on every machine. Its
// content was judged before.
import { Document, isCollection, isMap, isScalar, type Node } from 'yaml';
import { writeSmokeTest } from './parse-smoke.ts';
import { presentContract } from './present-contract.ts';
import type { FileNeed } from '../../model/file-store.ts';
import type { Operation, Release, SchemaContract, TableContract } from '../../model/release.ts';

/** A mapping or list up to this length is written on one line. */
const longestInline = 100;

const header = '# yaml-language-server: $schema=../schemas/release.json\n';

/** Keys keep their order from `release`; comments belong to the source, not to the snapshot. */
export function formatRelease(release: Release): string {
  const { notes, contract, migrationsUpTo: upTo } = release;
  const document = new Document(
    {
      release: release.release,
      ref: release.ref,
      createdAt: release.createdAt,
      ...(notes === undefined ? {} : { notes }),
      schema: writeSchema(release.schema),
      permissions: release.permissions,
      config: release.config,
      operations: new Map([...release.operations].map(([name, one]) => [name, writeOperation(one)])),
      ...(upTo === undefined ? {} : { migrations: { upTo } }),
      ...(release.files.length === 0 ? {} : { files: release.files.map(writeFileNeed) }),
      ...(release.smoke.length === 0 ? {} : { smoke: release.smoke.map(writeSmokeTest) }),
      ...(contract === undefined ? {} : { contract: presentContract(contract) }),
    },
    { aliasDuplicateObjects: false },
  );
  if (isMap<Node, Node>(document.contents)) {
    for (const { key, value } of document.contents.items) {
      const isOperations = isScalar(key) && key.value === 'operations';
      if (isCollection(value)) layOut(value, isOperations ? 2 : 1);
    }
  }
  return header + document.toString({ lineWidth: 0, blockQuote: 'literal', flowCollectionPadding: true });
}

/** Puts short values on one line; the first `keep` levels stay open. */
function layOut(node: Node, keep: number): number {
  if (!isCollection(node)) return measure(node);
  let length = 2;
  for (const item of node.items) {
    if (typeof item !== 'object' || item === null) continue;
    if ('key' in item && 'value' in item) length += measure(item.key) + layOutAny(item.value, keep) + 4;
    else length += layOutAny(item, keep) + 2;
  }
  if (length <= longestInline && keep <= 0) node.flow = true;
  return length;
}

function layOutAny(value: unknown, keep: number): number {
  return isNode(value) ? layOut(value, keep - 1) : 4;
}

/** Characters on one line; a value of several lines never fits. */
function measure(node: unknown): number {
  if (!isScalar(node)) return 0;
  const text = String(node.value);
  return text.includes('\n') ? Infinity : text.length;
}

function isNode(value: unknown): value is Node {
  return isCollection(value) || isScalar(value);
}

function writeSchema({ tables, enums }: SchemaContract): unknown {
  return { tables: new Map([...tables].map(([name, table]) => [name, writeTable(table)])), enums };
}

function writeTable({ columns, unique }: TableContract): unknown {
  const written = new Map(
    [...columns].map(([name, { type, nullable }]) => [
      name,
      { ...(type === undefined ? {} : { type }), ...(nullable ? { nullable } : {}) },
    ]),
  );
  return {
    columns: written,
    ...(unique.length === 0 ? {} : { unique }),
  };
}

function writeFileNeed({ glob, schema, isRequired }: FileNeed): unknown {
  return { glob, ...(schema === undefined ? {} : { schema }), ...(isRequired ? { required: true } : {}) };
}

function writeOperation(operation: Operation): unknown {
  const input = operation.input === undefined ? {} : { input: operation.input };
  if (operation.kind === 'constant') return { ...input, value: operation.value };
  const { mode, sql, returns } = operation;
  return { ...(mode === 'write' ? { mode } : {}), ...input, sql, returns };
}
