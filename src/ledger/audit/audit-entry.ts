// One entry of the audit: a decision, or its basis. Every field is always present, `null` when unknown.

export const auditActions = [
  'promote',
  'rollback',
  'hotfix',
  'refuse',
  'wait',
  'admit',
  'activate',
  'smoke-failed',
  'unhealthy',
  'healthy',
  'trigger-fired',
  'trigger-ended',
  'trigger-error',
  'freeze',
  'unfreeze',
  'halt',
  'veto',
  'unveto',
  'hold',
  'resume',
  'check',
  'approve',
  'reject',
  'override',
  'incident',
  'policy',
  'propose',
] as const;
export type AuditAction =
  (typeof auditActions)[number] | `canary-${string}` | `bake-${string}` | 'evaluation' | 'backup' | 'drill';

export interface AuditEntry {
  /** The release. */
  readonly version: string | null;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly action: AuditAction;
  readonly from_stage: string | null;
  readonly to_stage: string | null;
  /** Mails joined by `, `. */
  readonly approved_by: string | null;
  readonly ci_run_id: string | null;
  /** The release's `ref`. */
  readonly commit_sha: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly gates: readonly AuditGate[] | null;
  readonly result: string | null;
  readonly latency_ms: number | null;
  /** The commit of the followed branch. */
  readonly revision: string | null;
  /** Path on the records branch. */
  readonly record: string | null;
}

export interface AuditGate {
  readonly name: string;
  readonly kind: string;
  readonly verdict: string;
  readonly sentence: string | null;
}

export interface AuditFilter {
  readonly environment?: string | undefined;
  readonly release?: string | undefined;
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
}

const unknown = {
  version: null,
  from_stage: null,
  to_stage: null,
  approved_by: null,
  ci_run_id: null,
  commit_sha: null,
  actor: null,
  reason: null,
  gates: null,
  result: null,
  latency_ms: null,
  revision: null,
  record: null,
} as const;

export function auditEntry(
  parts: Pick<AuditEntry, 'timestamp' | 'action'> & Partial<AuditEntry>,
): AuditEntry {
  const { timestamp, action, ...rest } = parts;
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const { version, ...others } = { ...unknown, ...known };
  return { version, timestamp, action, ...others };
}

export function passesFilter(entry: AuditEntry, { environment, release, since }: AuditFilter): boolean {
  if (release !== undefined && entry.version !== release) return false;
  if (since !== undefined && Date.parse(entry.timestamp) < since) return false;
  return environment === undefined || (entry.to_stage?.split(', ') ?? []).includes(environment);
}
