// Who may write which record, from `people` and the gates of the stk.yaml in force: the policy's part of "does it
// count". A gate itself decides whether an approver has its role.
import type { Json } from '../../kernel/json.ts';
import { holdsOneOf } from '../../model/pipeline/people.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import type { LedgerRecord } from '../../model/pipeline/record.ts';
import type { CountingRules } from './judge-record.ts';

type Policy = Pick<Pipeline, 'people' | 'environments' | 'hotfix' | 'records' | 'trust'>;

/** `now`: milliseconds since 1970. */
export function countingRules(policy: Policy, now: number): CountingRules {
  return {
    now,
    hub: policy.trust.hub,
    refuseWriter: (record) => refuseWriter(policy, record),
    needsSignature: (record) => needsSignature(policy, record),
  };
}

function refuseWriter(policy: Policy, record: LedgerRecord): string | null {
  const roles = rolesFor(policy, record);
  const { people } = policy;
  if (roles === null || people === undefined) return null;
  if (roles === 'anybody')
    return people.persons.has(record.by.toLowerCase()) ? null : `${record.by} is not in people of stk.yaml`;
  if (holdsOneOf(people, roles, record.by)) return null;
  const wanted = roles.length === 0 ? 'no role' : roles.join(' or ');
  return `a record of kind ${record.record} needs the role ${wanted}, which ${record.by} does not have`;
}

/** A record without an environment applies to all of them, so it needs a signature as soon as one requires it. */
function needsSignature({ environments, trust }: Policy, record: LedgerRecord): boolean {
  const modes = [...environments.values()].map(({ signatures }) => signatures);
  if (!('environment' in record)) return [trust.signatures, ...modes].includes('required');
  return (environments.get(record.environment)?.signatures ?? trust.signatures) === 'required';
}

/** `anybody` in people. `null` when only the record's author decides. */
function rolesFor(policy: Policy, record: LedgerRecord): readonly string[] | 'anybody' | null {
  switch (record.record) {
    case 'check':
    case 'evaluation':
    case 'backup':
      return policy.records.writers;
    case 'approval':
    case 'rejection':
      return approverRoles(policy, record);
    case 'incident':
      return record.action === 'close' ? ['incident-commander'] : 'anybody';
    case 'drill':
      return 'anybody';
    case 'event':
      return null;
  }
}

/** The roles of the environment's approval gates; for a hotfix its own. Without such a gate, anybody in people may approve. */
function approverRoles(
  { environments, hotfix }: Policy,
  record: Extract<LedgerRecord, { readonly record: 'approval' | 'rejection' }>,
): readonly string[] | 'anybody' {
  if (record.hotfix !== undefined) return [hotfix.approvals.role];
  const roles = rolesOfApprovals(environments, record.environment);
  // The analysis gate itself decides which roles may approve an analysis.
  return roles.length === 0 || record.gate !== undefined ? 'anybody' : roles;
}

/** Who may promote a canary that no analysis passed. Empty for nobody. */
export function overrideRoles(
  { environments }: Pick<Policy, 'environments'>,
  canary: string,
): readonly string[] {
  const settings = environments.get(canary)?.canary;
  if (settings === undefined) return [];
  return settings.analysis?.override ?? rolesOfApprovals(environments, settings.of);
}

/** Whether this person may promote the canary by hand. */
export function mayOverride(policy: Policy, canary: string, by: string): boolean {
  const roles = overrideRoles(policy, canary);
  return policy.people !== undefined && roles.length > 0 && holdsOneOf(policy.people, roles, by);
}

/** Whether this person's approval for the environment can count; authors still may not approve their own work. */
export function mayApprove(policy: Policy, environment: string, by: string): boolean {
  const { people } = policy;
  if (people === undefined) return true;
  const roles = rolesOfApprovals(policy.environments, environment);
  return roles.length === 0 ? people.persons.has(by.toLowerCase()) : holdsOneOf(people, roles, by);
}

/** From the environment's gates of kind `approval`. */
function rolesOfApprovals(environments: Policy['environments'], environment: string): string[] {
  const gates = environments.get(environment)?.gates ?? [];
  return gates.filter(({ kind }) => kind === 'approval').flatMap(({ settings }) => roleIn(settings));
}

function roleIn(settings: Json): string[] {
  const isObject = typeof settings === 'object' && settings !== null && !Array.isArray(settings);
  const approval = isObject ? (settings['approval'] ?? settings) : null;
  if (typeof approval !== 'object' || approval === null || Array.isArray(approval)) return [];
  const role = approval['role'];
  return typeof role === 'string' ? [role] : [];
}
