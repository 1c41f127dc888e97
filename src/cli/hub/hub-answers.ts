// The Hub's answers as values: the parts that the command line reads are checked here, the rest is passed on unchanged.
import type { Condition } from '../../model/condition.ts';
import type { Finding } from '../../model/finding.ts';
import type { Change } from '../../promotion/change.ts';
import { fields, isFields, list, optionalFields, optionalText, text } from './answer-fields.ts';

/** A newer Hub may have more types; they are only compared and printed. */
export type ConditionAnswer = Omit<Condition, 'type'> & { readonly type: string };

export interface EnvironmentAnswer {
  readonly project: string;
  readonly environment: string;
  readonly desired: {
    readonly release: string;
    readonly revision: string;
    readonly by: string;
    readonly at: string;
    /** Only between the two ways of a rollback drill. */
    readonly drill?: string;
  } | null;
  readonly serving: { readonly release: string; readonly revision: string; readonly since: string } | null;
  readonly observedRevision: string | null;
  readonly conditions: readonly ConditionAnswer[];
  /** For the served hotfix; absent when none exists. */
  readonly debt?: readonly DebtAnswer[];
  /** Whether this Hub acts there; absent without a pipeline. */
  readonly leads?: boolean;
  /** Absent when none exist, or another Hub watches. */
  readonly triggers?: readonly TriggerAnswer[];
  readonly findings: readonly Finding[];
}

export interface DebtAnswer {
  readonly gate: string;
  readonly since: string;
  readonly due: string;
  readonly overdue: boolean;
  readonly help: string | null;
}

export interface TriggerAnswer {
  readonly name: string;
  readonly kind: string;
  readonly do: string;
  readonly state: string;
  readonly since: string | null;
  readonly sentence: string;
}

export interface ReleaseAnswer {
  readonly release: string;
  readonly ref: string;
  readonly createdAt: string;
  readonly notes: string | null;
  readonly revision: string;
  readonly by: string;
  readonly at: string;
  readonly current: boolean;
}

export interface CheckAnswer {
  readonly environment: string;
  readonly release: string;
  readonly fingerprint: string | undefined;
  readonly findings: readonly Finding[];
}

export function readEnvironment(body: unknown): EnvironmentAnswer {
  const answer = fields(body);
  const desired = optionalFields(answer['desired']);
  const serving = optionalFields(answer['serving']);
  return {
    project: text(answer['project']),
    environment: text(answer['environment']),
    desired: desired && {
      release: text(desired['release']),
      revision: text(desired['revision']),
      by: text(desired['by']),
      at: text(desired['at']),
      ...(typeof desired['drill'] === 'string' ? { drill: desired['drill'] } : {}),
    },
    serving: serving && {
      release: text(serving['release']),
      revision: text(serving['revision']),
      since: text(serving['since']),
    },
    observedRevision: typeof answer['observedRevision'] === 'string' ? answer['observedRevision'] : null,
    conditions: list(answer['conditions']).map(readCondition),
    ...(answer['debt'] === undefined ? {} : { debt: list(answer['debt']).map(readDebt) }),
    ...(typeof answer['leads'] === 'boolean' ? { leads: answer['leads'] } : {}),
    ...(answer['triggers'] === undefined ? {} : { triggers: list(answer['triggers']).map(readTrigger) }),
    findings: readFindings(answer['findings']),
  };
}

function readTrigger(value: unknown): TriggerAnswer {
  const trigger = fields(value);
  return {
    name: text(trigger['name']),
    kind: text(trigger['kind']),
    do: text(trigger['do']),
    state: text(trigger['state']),
    since: optionalText(trigger['since']) ?? null,
    sentence: text(trigger['sentence']),
  };
}

function readDebt(value: unknown): DebtAnswer {
  const debt = fields(value);
  return {
    gate: text(debt['gate']),
    since: text(debt['since']),
    due: text(debt['due']),
    overdue: debt['overdue'] === true,
    help: optionalText(debt['help']) ?? null,
  };
}

export function readReleases(body: unknown): readonly ReleaseAnswer[] {
  return list(fields(body)['releases']).map((entry) => {
    const release = fields(entry);
    return {
      release: text(release['release']),
      ref: text(release['ref']),
      createdAt: text(release['createdAt']),
      notes: typeof release['notes'] === 'string' ? release['notes'] : null,
      revision: text(release['revision']),
      by: text(release['by']),
      at: text(release['at']),
      current: release['current'] === true,
    };
  });
}

export interface ProjectAnswer {
  readonly project: string;
  /** Full name of the ref that the Hub follows; `undefined` when not reported. */
  readonly ref: string | undefined;
  readonly observedRevision: string | undefined;
  /** The Hub's state directory on its own machine; `undefined` when not reported. */
  readonly stateDirectory: string | undefined;
}

export function readProjects(body: unknown): readonly ProjectAnswer[] {
  return list(fields(body)['projects']).map((entry) => {
    const project = fields(entry);
    return {
      project: text(project['project']),
      ref: optionalText(project['ref']),
      observedRevision: optionalText(project['observedRevision']),
      stateDirectory: optionalText(project['stateDirectory']),
    };
  });
}

export interface ReleaseSummaryAnswer {
  readonly ref: string;
  readonly createdAt: string;
  readonly notes: string | null;
}

/** The descriptive members of a release's document. */
export function readReleaseSummary(body: unknown): ReleaseSummaryAnswer {
  const release = fields(body);
  return {
    ref: text(release['ref']),
    createdAt: text(release['createdAt']),
    notes: optionalText(release['notes']) ?? null,
  };
}

export function readEnvironments(body: unknown): readonly EnvironmentAnswer[] {
  return list(fields(body)['environments']).map(readEnvironment);
}

export function readCheck(body: unknown): CheckAnswer {
  const answer = fields(body);
  return {
    environment: text(answer['environment']),
    release: text(answer['release']),
    fingerprint: typeof answer['fingerprint'] === 'string' ? answer['fingerprint'] : undefined,
    findings: readFindings(answer['findings']),
  };
}

export interface HistoryAnswer {
  /** The commit whose history this is; `undefined` from an older Hub. */
  readonly revision: string | undefined;
  /** Newest first; only the commit and the reason of an entry are read. */
  readonly changes: readonly (Pick<Change, 'revision'> & { readonly reason?: string | undefined })[];
}

export function readHistory(body: unknown): HistoryAnswer {
  const answer = fields(body);
  const changes = list(answer['changes']).map((entry) => {
    const { revision, reason } = fields(entry);
    return { revision: text(revision), reason: optionalText(reason) };
  });
  return { revision: optionalText(answer['revision']), changes };
}

/** The findings in an error or an answer; empty when none exist. */
export function readFindings(value: unknown): readonly Finding[] {
  return (Array.isArray(value) ? value : []).map((entry: unknown) => {
    const finding = fields(entry);
    const severity = finding['severity'];
    const accepted = optionalFields(finding['accepted']);
    return {
      code: text(finding['code']),
      slug: text(finding['slug']),
      severity: severity === 'warn' || severity === 'info' ? severity : 'block',
      object: text(finding['object']),
      expected: text(finding['expected']),
      actual: text(finding['actual']),
      operations: (Array.isArray(finding['operations']) ? finding['operations'] : []).map(text),
      hint: text(finding['hint']),
      ...readLocations(finding['locations']),
      ...(typeof finding['sqlstate'] === 'string' ? { sqlstate: finding['sqlstate'] } : {}),
      ...(typeof finding['migration'] === 'string' ? { migration: finding['migration'] } : {}),
      ...(accepted === null
        ? {}
        : { accepted: { reason: text(accepted['reason']), until: text(accepted['until']) } }),
    };
  });
}

/** Leaves out a place that cannot be read: the finding itself matters. */
function readLocations(value: unknown): Pick<Finding, 'locations'> {
  const places = (Array.isArray(value) ? value : []).flatMap((entry: unknown) => {
    if (!isFields(entry)) return [];
    const { operation, line, column } = entry;
    const isPlace = typeof operation === 'string' && typeof line === 'number' && typeof column === 'number';
    return isPlace ? [{ operation, line, column }] : [];
  });
  return places.length === 0 ? {} : { locations: places };
}

function readCondition(value: unknown): ConditionAnswer {
  const condition = fields(value);
  const status = condition['status'];
  return {
    type: text(condition['type']),
    status: status === 'True' || status === 'False' ? status : 'Unknown',
    reason: text(condition['reason']),
    message: text(condition['message']),
    since: text(condition['since']),
  };
}
