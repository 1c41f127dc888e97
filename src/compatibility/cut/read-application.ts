// Reads what a release is cut from: release.yaml and the SQL files that it names. Collects all problems with their
// places. Follows links only within their bounds.
import { join } from 'node:path';
import { pointerTo } from '../../documents/yaml/document-tree.ts';
import { maxReleaseBytes } from '../../documents/release/parse-release.ts';
import {
  openReleaseSource,
  type OpenReleaseSource,
  type ReleaseSource,
} from '../../documents/release/parse-release-source.ts';
import type { DocumentProblem } from '../../model/problem.ts';
import type { Operation } from '../../model/release.ts';
import { readBoundedText } from './read-bounded-text.ts';

/** The most characters of `sql:` in a release. */
const maxSqlCharacters = 65_536;
const maxSqlBytes = maxSqlCharacters * 4;

export interface Application {
  readonly source: Pick<
    ReleaseSource,
    'notes' | 'schema' | 'permissions' | 'config' | 'migrationsUpTo' | 'files' | 'smoke' | 'derivesSchema'
  >;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Reports later problems at a JSON pointer of release.yaml. */
  readonly report: OpenReleaseSource['report'];
  readonly problems: OpenReleaseSource['problems'];
}

export type ReadApplication =
  | { readonly ok: true; readonly application: Application }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

/** `label`: the folder's name in messages. */
export async function readApplication(directory: string, label: string): Promise<ReadApplication> {
  const file = join(label, 'release.yaml');
  const text = await readBoundedText(join(directory, 'release.yaml'), {
    within: directory,
    maxBytes: maxReleaseBytes,
  });
  if (!text.ok)
    return { ok: false, problems: [{ file, line: 1, column: 1, pointer: '', message: text.message }] };
  const { parsed, report, problems } = openReleaseSource(text.text, { file });
  if (!parsed.ok) return { ok: false, problems: parsed.problems };
  const operations = new Map<string, Operation>();
  for (const [name, operation] of parsed.value.operations) {
    if (operation.kind !== 'sql-file') {
      operations.set(name, operation);
      continue;
    }
    const sql = await readBoundedText(join(directory, operation.path), {
      within: directory,
      maxBytes: maxSqlBytes,
    });
    const pointer = `${pointerTo('/operations', name)}/sql/file`;
    const problem = sql.ok ? judgeSql(sql.text) : sql.message;
    if (problem !== undefined) report(pointer, `${operation.path}: ${problem}`);
    if (sql.ok) operations.set(name, operation.complete(tidySql(sql.text)));
  }
  const found = problems();
  if (found.length > 0) return { ok: false, problems: found };
  return { ok: true, application: { source: parsed.value, operations, report, problems } };
}

function judgeSql(text: string): string | undefined {
  if (text.trim() === '') return 'the file is empty: expected one SQL statement';
  if (text.includes('\0')) return 'the file contains a NUL character: it is not SQL text';
  const length = [...text].length;
  return length > maxSqlCharacters
    ? `${length} characters; at most ${maxSqlCharacters} are allowed`
    : undefined;
}

/** Line ends and the file's last newline differ between machines and editors; the release's bytes must not. */
function tidySql(text: string): string {
  const body = text.replaceAll('\r\n', '\n').trimEnd();
  return body.includes('\n') ? `${body}\n` : body;
}
