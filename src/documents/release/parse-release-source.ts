// Parses an application's release.yaml: a release document without id, ref, time and contract, whose SQL may be in
// separate files. The cut reads those files.
import { pointerTo, type TreeMap } from '../yaml/document-tree.ts';
import { buildBody, buildOperation, judgeOperations, judgeSmoke, maxReleaseBytes } from './parse-release.ts';
import type { DocumentProblem, Parsed } from '../../model/problem.ts';
import { readDocument } from '../yaml/read-document.ts';
import { releaseSourceSchema } from '../schemas/release-source-schema.ts';
import type { ConstantOperation, Release, SqlOperation } from '../../model/release.ts';
import { child, mapOf, mapsIn, textOf } from '../yaml/tree-reader.ts';

/** The part of a release that the author wrote; the cut adds the rest. */
export interface ReleaseSource extends Pick<
  Release,
  'notes' | 'schema' | 'permissions' | 'config' | 'migrationsUpTo' | 'files' | 'smoke'
> {
  /** `schema:` lists no table and no enum: they are derived. */
  readonly derivesSchema: boolean;
  readonly operations: ReadonlyMap<string, SourceOperation>;
}

export type SourceOperation =
  | ConstantOperation
  | SqlOperation
  /** `path`: relative to release.yaml's folder, as written. */
  | { readonly kind: 'sql-file'; readonly path: string; complete(sql: string): SqlOperation };

/** The source, and a function that reports later problems at a JSON pointer of the same file. */
export interface OpenReleaseSource {
  readonly parsed: Parsed<ReleaseSource>;
  readonly report: (pointer: string, message: string) => void;
  readonly problems: () => readonly DocumentProblem[];
}

/** `file`: for the problems. */
export function openReleaseSource(text: string, { file }: { readonly file: string }): OpenReleaseSource {
  const document = readDocument(text, { file, maxBytes: maxReleaseBytes, schema: releaseSourceSchema });
  const { root, report, problems } = document;
  if (root === undefined) return { parsed: { ok: false, problems: problems() }, report, problems };
  judgeOperations(root, report);
  judgeSmoke(root, report);
  judgePaths(root, report);
  const found = problems();
  return {
    parsed: found.length > 0 ? { ok: false, problems: found } : { ok: true, value: build(root) },
    report,
    problems,
  };
}

function judgePaths(root: TreeMap, report: OpenReleaseSource['report']): void {
  for (const [name, operation] of mapsIn(mapOf(root, 'operations'))) {
    const path = textOf(mapOf(operation, 'sql'), 'file');
    if (path === undefined) continue;
    const isInside = !path.split('/').includes('..') && !path.startsWith('/') && !path.includes('\\');
    if (!isInside)
      report(
        `${pointerTo('/operations', name)}/sql/file`,
        `"${path}" does not stay inside the folder of release.yaml: write a relative path with "/" and without ".."`,
      );
  }
}

function build(root: TreeMap): ReleaseSource {
  const body = buildBody(root);
  const operations = mapsIn(mapOf(root, 'operations')).map(([name, node]): [string, SourceOperation] => {
    const sql = child(node, 'sql');
    if (sql?.kind !== 'map') return [name, buildOperation(name, node)];
    return [
      name,
      {
        kind: 'sql-file',
        path: textOf(sql, 'file') ?? '',
        complete: (text) => complete(name, node, text),
      },
    ];
  });
  return {
    ...body,
    derivesSchema: body.schema.tables.size === 0 && body.schema.enums.size === 0,
    operations: new Map(operations),
  };
}

function complete(name: string, node: TreeMap, sql: string): SqlOperation {
  const { at } = node;
  const entry = { keyAt: at, value: { kind: 'scalar' as const, at, value: sql, source: sql } };
  const operation = buildOperation(name, { ...node, entries: new Map([...node.entries, ['sql', entry]]) });
  if (operation.kind !== 'sql') throw new Error(`${name} has a statement and is not an SQL operation`);
  return operation;
}
