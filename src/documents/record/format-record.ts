// Writes a record as the text of its file: the same record gives the same bytes, on every machine. Its result is parsed
// again, so that it never writes a file that no reader accepts.
import { Document, isCollection, isMap, type Node } from 'yaml';
import { parseRecord } from './parse-record.ts';
import { formatRecordPath, recordId } from './record-path.ts';
import type { DocumentSchema } from '../schemas/document-schema.ts';
import { recordSchemaOf } from '../schemas/record-schema.ts';
import type { Parsed } from '../../model/problem.ts';
import type { LedgerRecord } from '../../model/pipeline/record.ts';

/** A record as a file of the records branch. */
export interface RecordFile {
  readonly path: string;
  readonly text: string;
  readonly record: LedgerRecord;
}

/** Problems name the file that the record would have had. */
export function fileRecord(record: LedgerRecord): Parsed<RecordFile> {
  const text = formatRecord(record);
  const id = recordId(record.at, text);
  const path = formatRecordPath({ release: record.release, kind: record.record, id });
  const parsed = parseRecord(text, { path });
  return parsed.ok ? { ok: true, value: { path, text, record: parsed.value } } : parsed;
}

/** Keys are in the order of the schema; lists of mappings have one line for each item. */
export function formatRecord(record: LedgerRecord): string {
  const document = new Document(arrange(record, recordSchemaOf(record.record)), {
    aliasDuplicateObjects: false,
  });
  if (isMap<Node, Node>(document.contents))
    for (const { value } of document.contents.items) if (isCollection(value)) layOut(value);
  return document.toString({ lineWidth: 0, blockQuote: 'literal', flowCollectionPadding: true });
}

function layOut(node: Node): void {
  if (!isCollection(node)) return;
  const [first] = node.items;
  if (isMap(node) || !isMap(first)) node.flow = true;
  else for (const item of node.items) if (isMap(item)) item.flow = true;
}

/** Members in the order of the schema, or by name when it lists none; a time of the model becomes text. */
function arrange(value: unknown, schema: DocumentSchema = {}): unknown {
  if (Array.isArray(value)) return value.map((item) => arrange(item, schema.items));
  if (typeof value === 'number' && schema.type === 'string') return new Date(value).toISOString();
  if (typeof value !== 'object' || value === null) return value;
  const given = new Map<string, unknown>(value instanceof Map ? value : Object.entries(value));
  const { properties } = schema;
  const keys = properties === undefined ? [...given.keys()].sort() : Object.keys(properties);
  const arranged = new Map<string, unknown>();
  for (const key of keys) {
    const member = given.get(key);
    const isNothing = member === undefined || (member instanceof Map && member.size === 0);
    if (!isNothing) arranged.set(key, arrange(member, properties?.[key] ?? {}));
  }
  return arranged;
}
