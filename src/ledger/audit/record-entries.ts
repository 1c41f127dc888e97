// The records branch's part of the audit: one entry for each record, with the reason when it does not count. Pure.
import type { EventRecord, LedgerRecord } from '../../model/pipeline/record.ts';
import { refusalFor } from '../records/fold-records.ts';
import type { JudgedRecord } from '../records/judge-record.ts';
import { type AuditAction, type AuditEntry, auditEntry, type AuditGate } from './audit-entry.ts';

const eventActions: ReadonlyMap<string, AuditAction> = new Map([
  ['admitted', 'admit'],
  ['waiting', 'wait'],
  ['refused', 'refuse'],
  ['activated', 'activate'],
  ['proposed', 'propose'],
]);

/**
 * `digest`: the release's content on the followed branch; `null` when there is no such release. `instead`: the path of an event
 * that says the same and counts in its place.
 */
export function recordEntry(judged: JudgedRecord, digest: string | null, instead?: string): AuditEntry {
  const { path, commit, record } = judged;
  const toldBefore = instead === undefined ? null : `an event counts once, and ${instead} says the same`;
  const refusal =
    digest === null
      ? (judged.refusal ?? 'there is no such release')
      : (refusalFor(judged, digest) ?? toldBefore);
  const counts = refusal === null ? null : `does not count: ${refusal}`;
  if (record === null)
    return auditEntry({
      timestamp: new Date(commit.at).toISOString(),
      action: kindInPath(path),
      version: path.split('/')[2] ?? null,
      actor: commit.mail === '' ? null : commit.mail,
      result: counts,
      record: path,
    });
  const base = {
    timestamp: new Date(record.at).toISOString(),
    version: record.release,
    actor: record.by,
    record: path,
  };
  return auditEntry({ ...base, ...partsOf(record), ...(counts === null ? {} : { result: counts }) });
}

function partsOf(record: LedgerRecord): Partial<AuditEntry> & Pick<AuditEntry, 'action'> {
  switch (record.record) {
    case 'check':
      return {
        action: 'check',
        ci_run_id: record.runId ?? null,
        reason: record.name,
        result: record.status,
      };
    case 'approval':
    case 'rejection':
      return {
        action: record.record === 'approval' ? 'approve' : 'reject',
        to_stage: record.environment,
        approved_by: record.record === 'approval' ? record.by : null,
        reason: record.comment ?? null,
        result: record.hotfix === undefined ? null : 'hotfix',
        revision: record.hotfix ?? null,
      };
    case 'event':
      return eventParts(record);
    case 'incident':
      return { action: 'incident', reason: record.text, result: `${record.incident} ${record.action}` };
    case 'evaluation':
      return { action: 'evaluation', reason: record.name, result: `mean ${record.mean} of ${record.cases}` };
    case 'backup':
      return { action: 'backup', to_stage: record.environment, result: record.verified ? 'verified' : null };
    case 'drill':
      return {
        action: 'drill',
        to_stage: record.environment,
        reason: record.document ?? null,
        result: record.result,
      };
  }
}

function eventParts(record: EventRecord): Partial<AuditEntry> & Pick<AuditEntry, 'action'> {
  return {
    action: actionOf(record),
    from_stage: record.from ?? null,
    to_stage: record.environment,
    actor: record.actor ?? record.by,
    reason: record.reason ?? record.sentence ?? null,
    gates: record.gates === undefined ? null : record.gates.map(presentGate),
    result: record.class,
    revision: record.revision,
  };
}

function actionOf({ event }: EventRecord): AuditAction {
  const known = eventActions.get(event);
  if (known !== undefined) return known;
  switch (event) {
    case 'smoke-failed':
    case 'healthy':
    case 'unhealthy':
    case 'trigger-fired':
    case 'trigger-ended':
    case 'trigger-error':
      return event;
    default:
      return event.startsWith('bake-') ? `bake-${event.slice(5)}` : `canary-${event.replace(/^canary-/, '')}`;
  }
}

export function presentGate({
  name,
  kind,
  verdict,
  sentence,
}: NonNullable<EventRecord['gates']>[number]): AuditGate {
  return { name, kind, verdict, sentence: sentence ?? null };
}

/** The folder shows the intended kind of an unreadable record. */
function kindInPath(path: string): AuditAction {
  const kind = path.split('/')[3];
  switch (kind) {
    case 'approval':
      return 'approve';
    case 'rejection':
      return 'reject';
    case 'incident':
    case 'evaluation':
    case 'backup':
    case 'drill':
      return kind;
    case 'event':
      return 'activate';
    default:
      return 'check';
  }
}
