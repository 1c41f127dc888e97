// Parses a record of the records branch and checks that its path matches the document. It does not judge whether the
// record counts.
import { isDateTime } from '../../kernel/times.ts';
import type { Parsed } from '../../model/problem.ts';
import type { EventDebt, EventGate, LedgerRecord, RecordKind } from '../../model/pipeline/record.ts';
import { eventWords, gateVerdicts, moveClasses, recordKinds } from '../../model/pipeline/record.ts';
import { parseRecordPath, recordId } from './record-path.ts';
import { recordKindSchema, recordSchemaOf } from '../schemas/record-schema.ts';
import { pointerTo, toJsonObject, type TreeMap } from '../yaml/document-tree.ts';
import { readDocument, type Report } from '../yaml/read-document.ts';
import { child, itemsOf, mapOf, numberOf, textOf, textsOf } from '../yaml/tree-reader.ts';

export const maxRecordBytes = 64 * 1024;
/** An evaluation may hold the scores of 10,000 cases. */
export const maxEvaluationBytes = 1024 * 1024;

/** `path`: its path on the records branch; it must match the document. */
export function parseRecord(text: string, { path }: { readonly path: string }): Parsed<LedgerRecord> {
  const place = parseRecordPath(path);
  const maxBytes = place === null || place.kind === 'evaluation' ? maxEvaluationBytes : maxRecordBytes;
  const kind = place?.kind ?? kindWithin(text, path);
  const schema = kind === undefined ? recordKindSchema : recordSchemaOf(kind);
  const document = readDocument(text, { file: path, maxBytes, schema });
  const { root, report, problems } = document;
  if (place === null)
    report(
      '',
      `${path} is not the path of a record: expected releases/<aa>/<release>/<kind>/<time>-<hash>.yaml, ` +
        'where <aa> are the first two digits of SHA-1(release)',
    );
  if (root !== undefined) judgeTimes(root, report);
  const record = problems().length > 0 || root === undefined || kind === undefined ? null : build(kind, root);
  if (record !== null && place !== null) {
    if (record.release !== place.release)
      report('/release', `the release "${record.release}" differs from "${place.release}" in the path`);
    const id = recordId(record.at, text);
    if (id !== place.id)
      report('', `the path says ${place.id}; the time and the SHA-256 of the content give ${id}`);
  }
  const found = problems();
  return record === null || found.length > 0 ? { ok: false, problems: found } : { ok: true, value: record };
}

/** The kind that the document names when its path has none. */
function kindWithin(text: string, file: string): RecordKind | undefined {
  const { root } = readDocument(text, { file, maxBytes: maxRecordBytes, schema: recordKindSchema });
  const word = textOf(root, 'record');
  return recordKinds.find((kind) => kind === word);
}

/** The schema has reported values that do not look like a time. */
function judgeTimes(root: TreeMap, report: Report): void {
  const judge = (map: TreeMap | undefined, key: string, pointer: string): void => {
    const time = textOf(map, key);
    if (time === undefined || !/^\d{4}-\d{2}-\d{2}[Tt]/.test(time)) return;
    if (!isDateTime(time) || Number.isNaN(Date.parse(time)))
      report(pointerTo(pointer, key), `"${time}" is not a time of the calendar in RFC 3339`);
  };
  judge(root, 'at', '');
  judge(root, 'since', '');
  for (const [i, one] of itemsOf(root, 'debt').entries()) {
    if (one.kind !== 'map') continue;
    for (const key of ['since', 'due']) judge(one, key, pointerTo('/debt', i));
  }
}

function build(kind: RecordKind, root: TreeMap): LedgerRecord {
  const text = (key: string): string => textOf(root, key) ?? '';
  const number = (key: string): number => numberOf(root, key) ?? 0;
  const shared = {
    release: text('release'),
    digest: text('digest'),
    at: Date.parse(text('at')),
    by: text('by'),
    through: textOf(root, 'through') === 'hub' ? ('hub' as const) : undefined,
  };
  switch (kind) {
    case 'check':
      return {
        record: kind,
        ...shared,
        name: text('name'),
        status: passedOrFailed(root, 'status'),
        values: numbersIn(mapOf(root, 'values')),
        runId: textOf(root, 'runId'),
        url: textOf(root, 'url'),
        commit: textOf(root, 'commit'),
      };
    case 'approval':
    case 'rejection':
      return {
        record: kind,
        ...shared,
        environment: text('environment'),
        comment: textOf(root, 'comment'),
        hotfix: textOf(root, 'hotfix'),
        gate: textOf(root, 'gate'),
      };
    case 'event':
      return { record: kind, ...shared, ...buildEvent(root) };
    case 'incident':
      return {
        record: kind,
        ...shared,
        incident: text('incident'),
        action: text('action') === 'close' ? 'close' : 'note',
        text: text('text'),
      };
    case 'evaluation': {
      const scores = mapOf(root, 'scores');
      return {
        record: kind,
        ...shared,
        name: text('name'),
        set: text('set'),
        mean: number('mean'),
        cases: number('cases'),
        scores: scores === undefined ? undefined : numbersIn(scores),
      };
    }
    case 'backup':
      return {
        record: kind,
        ...shared,
        environment: text('environment'),
        size: number('size'),
        location: text('location'),
        verified: isTrue(root, 'verified'),
      };
    case 'drill':
      return {
        record: kind,
        ...shared,
        environment: text('environment'),
        to: text('to'),
        decideMs: number('decideMs'),
        serveMs: number('serveMs'),
        verifyMs: number('verifyMs'),
        result: passedOrFailed(root, 'result'),
        document: textOf(root, 'document'),
      };
  }
}

type EventMembers = Omit<Extract<LedgerRecord, { record: 'event' }>, 'record' | keyof Shared>;
interface Shared {
  release: unknown;
  digest: unknown;
  at: unknown;
  by: unknown;
  through: unknown;
}

function buildEvent(root: TreeMap): EventMembers {
  const counts = mapOf(root, 'counts');
  const bounds = mapOf(root, 'bounds');
  return {
    environment: textOf(root, 'environment') ?? '',
    event: wordOf(root, 'event', eventWords),
    class: wordOf(root, 'class', moveClasses),
    revision: textOf(root, 'revision') ?? '',
    from: textOf(root, 'from'),
    gates: child(root, 'gates') === undefined ? undefined : mapsOf(root, 'gates').map(buildGate),
    reason: textOf(root, 'reason'),
    actor: textOf(root, 'actor'),
    debt: child(root, 'debt') === undefined ? undefined : mapsOf(root, 'debt').map(buildDebt),
    since: timeOf(root, 'since'),
    counts: counts === undefined ? undefined : toJsonObject(counts),
    bounds: bounds === undefined ? undefined : toJsonObject(bounds),
    sentence: textOf(root, 'sentence'),
    trigger: textOf(root, 'trigger'),
  };
}

function buildGate(gate: TreeMap): EventGate {
  return {
    name: textOf(gate, 'name') ?? '',
    kind: textOf(gate, 'kind') ?? '',
    verdict: wordOf(gate, 'verdict', gateVerdicts),
    sentence: textOf(gate, 'sentence'),
    evidence: child(gate, 'evidence') === undefined ? undefined : textsOf(gate, 'evidence'),
  };
}

function buildDebt(debt: TreeMap): EventDebt {
  return {
    gate: textOf(debt, 'gate') ?? '',
    since: timeOf(debt, 'since') ?? 0,
    due: timeOf(debt, 'due') ?? 0,
    overdue: isTrue(debt, 'overdue'),
  };
}

function timeOf(map: TreeMap, key: string): number | undefined {
  const time = textOf(map, key);
  return time === undefined ? undefined : Date.parse(time);
}

function mapsOf(map: TreeMap, key: string): TreeMap[] {
  return itemsOf(map, key).flatMap((item) => (item.kind === 'map' ? [item] : []));
}

function isTrue(map: TreeMap, key: string): boolean {
  const node = child(map, key);
  return node?.kind === 'scalar' && node.value === true;
}

function passedOrFailed(map: TreeMap, key: string): 'passed' | 'failed' {
  return textOf(map, key) === 'passed' ? 'passed' : 'failed';
}

/** The schema has judged the word. A word that passed and is not among these is a bug in stk. */
function wordOf<Word extends string>(map: TreeMap, key: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === textOf(map, key));
  if (word === undefined) throw new Error(`"${key}" is not one of ${words.join(', ')}`);
  return word;
}

function numbersIn(map: TreeMap | undefined): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [name, { value }] of map?.entries ?? [])
    if (value.kind === 'scalar' && typeof value.value === 'number') numbers.set(name, value.value);
  return numbers;
}
