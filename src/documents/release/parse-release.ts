// Parses a release file, `releases/<id>.yaml`. The compiler judges its SQL and its input schemas.
import { pointerTo, toJsonObject, type TreeMap } from '../yaml/document-tree.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { buildContract } from './parse-contract.ts';
import type { DocumentProblem, Parsed } from '../../model/problem.ts';
import { readFileNeeds } from '../project/parse-files.ts';
import { readDocument, type ReadDocument, type Report } from '../yaml/read-document.ts';
import { readSmoke } from './parse-smoke.ts';
import { releaseSchema } from '../schemas/release-schema.ts';
import type {
  ColumnContract,
  Operation,
  Release,
  SchemaContract,
  TableContract,
} from '../../model/release.ts';
import { child, itemsOf, jsonOf, mapOf, mapsIn, textOf, texts } from '../yaml/tree-reader.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { isDateTime } from '../../kernel/times.ts';

export const maxReleaseBytes = 4 * 1024 * 1024;

export interface ReleaseFile {
  /** Path in the repo, for the problems. */
  readonly file: string;
  /** The id in the file name. */
  readonly id: string;
}

export function parseRelease(text: string, source: ReleaseFile): Parsed<Release> {
  const { parsed } = openRelease(text, source);
  return parsed;
}

/** The release, and a function that reports later problems at a JSON pointer of the same file. */
export interface OpenRelease {
  readonly parsed: Parsed<Release>;
  readonly report: (pointer: string, message: string) => void;
  readonly problems: () => readonly DocumentProblem[];
}

export function openRelease(text: string, { file, id }: ReleaseFile): OpenRelease {
  const document = readDocument(text, { file, maxBytes: maxReleaseBytes, schema: releaseSchema });
  const { root, report, problems } = document;
  if (root === undefined) return { parsed: { ok: false, problems: problems() }, report, problems };
  judge(root, id, document);
  const found = problems();
  return {
    parsed: found.length > 0 ? { ok: false, problems: found } : { ok: true, value: build(root) },
    report,
    problems,
  };
}

function judge(root: TreeMap, id: string, { report }: ReadDocument): void {
  const release = textOf(root, 'release');
  if (release !== undefined && release !== id) {
    report('/release', `the release id "${release}" differs from the file name "${id}"`);
  }
  // The schema has reported values that do not look like a time.
  const createdAt = textOf(root, 'createdAt');
  if (
    createdAt !== undefined &&
    /^\d{4}-\d{2}-\d{2}[Tt ].*([Zz]|[+-]\d{2}:\d{2})$/.test(createdAt) &&
    !isDateTime(createdAt)
  ) {
    report('/createdAt', `"${createdAt}" is not a time of the calendar in RFC 3339`);
  }
  judgeOperations(root, report);
  judgeSmoke(root, report);
}

/** For a release and its source. */
export function judgeSmoke(root: TreeMap, report: Report): void {
  const operations = mapOf(root, 'operations')?.entries;
  for (const [i, test] of readSmoke(root, '', report).entries()) {
    if (test.kind !== 'call' || test.expect.code !== undefined || operations?.has(test.operation) === true)
      continue;
    const names = operations?.keys() ?? [];
    const message = `the release has no operation "${test.operation}"${suggest(test.operation, names)}`;
    report(`/smoke/${i}/call`, message);
  }
}

/** Checks of operations that the schema cannot express; for a release and its source. */
export function judgeOperations(root: TreeMap, report: Report): void {
  for (const [name, operation] of mapsIn(mapOf(root, 'operations')))
    judgeOperation(operation, pointerTo('/operations', name), report);
}

function judgeOperation(operation: TreeMap, pointer: string, report: Report): void {
  const has = (key: string): boolean => operation.entries.has(key);
  if (has('sql') && textOf(operation, 'sql')?.trim() === '')
    report(`${pointer}/sql`, 'the statement is empty');
  if (!has('value') || has('sql')) return;
  for (const key of ['mode', 'returns']) {
    if (has(key))
      report(pointerTo(pointer, key), `"${key}" belongs to an operation with "sql"; this one is a constant`);
  }
}

function build(root: TreeMap): Release {
  const contract = mapOf(root, 'contract');
  return {
    release: textOf(root, 'release') ?? '',
    ref: textOf(root, 'ref') ?? '',
    createdAt: textOf(root, 'createdAt') ?? '',
    contract: contract === undefined ? undefined : buildContract(contract),
    ...buildBody(root),
    operations: new Map(
      mapsIn(mapOf(root, 'operations')).map(([name, node]) => [name, buildOperation(name, node)]),
    ),
  };
}

/** The common part of a release and its source. */
export function buildBody(
  root: TreeMap,
): Pick<Release, 'notes' | 'schema' | 'permissions' | 'config' | 'migrationsUpTo' | 'files' | 'smoke'> {
  const config = mapOf(root, 'config');
  const permissions = new Map<string, readonly string[]>();
  for (const [role, { value }] of mapOf(root, 'permissions')?.entries ?? []) {
    permissions.set(role, value.kind === 'list' ? texts(value.items) : []);
  }
  return {
    notes: textOf(root, 'notes'),
    schema: buildSchema(mapOf(root, 'schema')),
    permissions,
    config: config === undefined ? {} : toJsonObject(config),
    migrationsUpTo: textOf(mapOf(root, 'migrations'), 'upTo'),
    files: readFileNeeds(root),
    // Problems were reported before.
    smoke: readSmoke(root, '', () => undefined),
  };
}

function buildSchema(schema: TreeMap | undefined): SchemaContract {
  const enums = new Map<string, readonly string[]>();
  for (const [name, { value }] of mapOf(schema, 'enums')?.entries ?? []) {
    enums.set(name, value.kind === 'list' ? texts(value.items) : []);
  }
  return {
    tables: new Map(mapsIn(mapOf(schema, 'tables')).map(([name, node]) => [name, buildTable(node)])),
    enums,
  };
}

function buildTable(table: TreeMap): TableContract {
  const columns = new Map<string, ColumnContract>();
  for (const [name, column] of mapsIn(mapOf(table, 'columns'))) {
    columns.set(name, { type: textOf(column, 'type'), nullable: jsonOf(column, 'nullable') === true });
  }
  const unique = itemsOf(table, 'unique').map((list) => (list.kind === 'list' ? texts(list.items) : []));
  return { columns, unique };
}

/** Without `sql` it is a constant. */
export function buildOperation(name: string, node: TreeMap): Operation {
  const input = buildInput(node);
  const sql = textOf(node, 'sql');
  if (sql === undefined) return { kind: 'constant', name, input, value: jsonOf(node, 'value') ?? null };
  const returns = textOf(node, 'returns');
  return {
    kind: 'sql',
    name,
    mode: textOf(node, 'mode') === 'write' ? 'write' : 'read',
    input,
    sql,
    returns: returns === 'one' || returns === 'count' ? returns : 'many',
  };
}

function buildInput(node: TreeMap): JsonObject | boolean | undefined {
  const input = child(node, 'input');
  if (input?.kind === 'map') return toJsonObject(input);
  return input?.kind === 'scalar' && typeof input.value === 'boolean' ? input.value : undefined;
}
