// Builds gates and admission facts: a project with one governed environment, and what is known about a move into it.
import { parseProject } from '../../../src/documents/project/parse-project.ts';
import type { AdmissionFacts, MoveFacts } from '../../../src/gates/admission/admission-facts.ts';
import { type AdmissionPolicy, admissionPolicyOf } from '../../../src/gates/admission/admission-policy.ts';
import { gateKinds } from '../../../src/gates/gate-kinds.ts';
import type { Gate, GateAnswer } from '../../../src/model/pipeline/gate.ts';
import type { GateFacts, SourceState } from '../../../src/model/pipeline/gate-facts.ts';
import { formatProblems, type Parsed } from '../../../src/model/problem.ts';
import type { Project } from '../../../src/model/project.ts';
import type { ApprovalRecord, CheckRecord, RejectionRecord } from '../../../src/model/pipeline/record.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const now = Date.UTC(2026, 10, 25, 12);
export const digest = 'd'.repeat(40);

export const people = `people:
  reviewer: [rev@example.com]
  release-approver: [ada@example.com, [grace@example.com, 12+grace@example.com], bob@example.com]
  incident-commander: [grace@example.com]
  ci: [ci@example.com]
`;

/** stk.yaml with dev and an environment `prod` that has these lines (YAML, indented by nothing). */
export function projectText(prod: string, rest = people): string {
  const lines = prod.split('\n').map((line) => `    ${line}\n`);
  return `project: shop\nenvironments:\n  dev: { database: { embedded: true } }\n  prod:\n    database: { embedded: true }\n${lines.join('')}${rest}`;
}

export function parseGoverned(prod: string, rest = people): Parsed<Project> {
  return parseProject(projectText(prod, rest), { file: 'stk.yaml', gateKinds });
}

export function problemsOf(prod: string, rest = people): string[] {
  const parsed = parseGoverned(prod, rest);
  return parsed.ok ? [] : parsed.problems.map((one) => `${one.line}:${one.column} ${one.message}`);
}

export function aPolicy(prod: string, rest = people): AdmissionPolicy {
  const parsed = parseGoverned(prod, rest);
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  const policy = admissionPolicyOf(parsed.value.pipeline, 'prod');
  if (policy === undefined) throw new Error('there is no prod');
  return policy;
}

/** One gate `g` of prod, which comes from dev. */
export function aGate(settings: string, rest = people): Gate {
  const gate = aPolicy(`from: dev\ngates: { g: ${settings} }`, rest).gates.at(-1);
  if (gate === undefined) throw new Error('there is no gate');
  return gate;
}

export function evaluate(settings: string, facts: Partial<GateFacts> = {}): GateAnswer {
  return aGate(settings).evaluate(someFacts(facts));
}

export function someFacts(facts: Partial<GateFacts> = {}): GateFacts {
  return {
    now,
    environment: 'prod',
    release: {
      id: 'v2',
      digest,
      ref: 'abc1234',
      createdAt: '2026-11-24T08:00:00Z',
      notes: 'Scope: all',
      authors: ['dev@example.com'],
    },
    moveAuthors: ['mover@example.com'],
    evidence: { known: true, value: { checks: [], judgements: [] } },
    sources: [aSource()],
    ...facts,
  };
}

export function aSource(state: Partial<SourceState> = {}, environment = 'dev') {
  const value: SourceState = { presence: 'now', healthy: [{ since: now - day, until: undefined }], ...state };
  return { environment, state: { known: true as const, value } };
}

export function aCheck(parts: Partial<CheckRecord> = {}): CheckRecord {
  return {
    record: 'check',
    release: 'v2',
    digest,
    at: now - hour,
    by: 'ci@example.com',
    name: 'ci',
    status: 'passed',
    values: new Map(),
    ...parts,
  };
}

export function anApproval(by: string, parts: Partial<ApprovalRecord> = {}): ApprovalRecord {
  return { record: 'approval', release: 'v2', digest, at: now - hour, by, environment: 'prod', ...parts };
}

export function aRejection(by: string, parts: Partial<RejectionRecord> = {}): RejectionRecord {
  return { record: 'rejection', release: 'v2', digest, at: now - hour, by, environment: 'prod', ...parts };
}

export function withRecords(
  ...records: (CheckRecord | ApprovalRecord | RejectionRecord)[]
): Pick<GateFacts, 'evidence'> {
  const counting = records.map((record, i) => ({ path: `r/${i}`, record }));
  const checks = counting.flatMap(({ path, record }) =>
    record.record === 'check' ? [{ path, record }] : [],
  );
  const judgements = counting.flatMap(({ path, record }) =>
    record.record === 'check' ? [] : [{ path, record }],
  );
  return { evidence: { known: true, value: { checks, judgements } } };
}

type MoveParts = Omit<Partial<AdmissionFacts>, 'move' | 'gates'> & {
  readonly move?: Partial<MoveFacts>;
  readonly gates?: Partial<GateFacts>;
};

/** A person's forward move from v1 to v2, with nothing that stands against it. */
export function someMove({ move, gates, ...parts }: MoveParts = {}): AdmissionFacts {
  return {
    desired: { release: 'v2', digest },
    serving: { release: 'v1', digest: 'a'.repeat(40) },
    hasServed: true,
    ran: { events: 'unknown', memory: 'unknown', isNamedBeforeGates: false },
    move: {
      trust: { counts: true },
      isAutomatic: false,
      hold: undefined,
      hotfix: undefined,
      override: undefined,
      policyChange: undefined,
      ...move,
    },
    freezes: [],
    veto: undefined,
    gates: someFacts(gates),
    ...parts,
  };
}
