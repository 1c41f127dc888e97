// Where a record is on the records branch: `releases/<aa>/<release>/<kind>/<id>.yaml`. The id is the record's time and
// the beginning of its content's SHA-256, so concurrent writers never use the same file name.
import { createHash } from 'node:crypto';
import { isId } from '../../kernel/ids.ts';
import { recordKinds, type RecordKind } from '../../model/pipeline/record.ts';

export interface RecordPath {
  readonly release: string;
  readonly kind: RecordKind;
  /** `20261129T120000.000Z-8f3c21aa` */
  readonly id: string;
}

const idPattern = /^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{8}$/;

/** The folder with all records of a release. Two digits of a hash before it keep the trees small. */
export function recordFolder(release: string): string {
  return `releases/${createHash('sha1').update(release).digest('hex').slice(0, 2)}/${release}`;
}

export function formatRecordPath({ release, kind, id }: RecordPath): string {
  return `${recordFolder(release)}/${kind}/${id}.yaml`;
}

/** `null` when the path is not the path of a record. */
export function parseRecordPath(path: string): RecordPath | null {
  const [root, digits, release = '', word, file = '', ...more] = path.split('/');
  const kind = recordKinds.find((one) => one === word);
  if (root !== 'releases' || digits === undefined || kind === undefined || more.length > 0) return null;
  const id = file.endsWith('.yaml') ? file.slice(0, -'.yaml'.length) : '';
  if (!isId(release) || !idPattern.test(id)) return null;
  return recordFolder(release) === `releases/${digits}/${release}` ? { release, kind, id } : null;
}

/** `at`: milliseconds since 1970; `text`: the whole file. */
export function recordId(at: number, text: string): string {
  const time = new Date(at).toISOString().replaceAll('-', '').replaceAll(':', '');
  return `${time}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}
