// What it takes to evaluate every gate of a large project: 1,000 gates of all kinds over 100 environments, whose facts are
// at hand. Nothing reads git here, since no gate does.
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { admit } from '../../src/gates/admission/admit.ts';
import type { AdmissionFacts } from '../../src/gates/admission/admission-facts.ts';
import { type AdmissionPolicy, admissionPolicyOf } from '../../src/gates/admission/admission-policy.ts';
import { AgainQueue } from '../../src/gates/again-queue.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import type { Scenario } from '../scenario.ts';
import { medianOf } from '../statistics.ts';

const environments = 100;
const most = 200;
const now = Date.UTC(2026, 10, 25, 12);
const hour = 3_600_000;
const digest = 'd'.repeat(40);

/** Nine gates and the implied one; every environment has a schedule of its own. */
function projectText(): string {
  const lines = [
    'project: bench',
    'people: { approver: [ada@example.com, bob@example.com, eve@example.com], ci: [ci@example.com] }',
    'environments:',
    '  dev: { database: { embedded: true } }',
  ];
  for (let i = 0; i < environments; i += 1) {
    lines.push(
      `  e${i}:`,
      '    database: { embedded: true }',
      '    from: dev',
      '    gates:',
      '      ci: { check: ci }',
      '      unit: { check: unit, values: { coverage: { min: 80 } } }',
      '      security: { check: security, maxAge: 7d }',
      '      load: { check: load }',
      '      soak: { soak: 2h }',
      '      approve: { approval: { role: approver, count: 2, expires: 72h } }',
      '      notes: { expression: "size(release.notes) > 0 && checks.ci.status == \'passed\'" }',
      `      hours: { window: { allow: [{ cron: "${i % 60} ${i % 24} * * 1-4", for: 8h }], timeZone: Europe/Berlin } }`,
      `      quiet: { window: { deny: [{ cron: "0 0 ${(i % 28) + 1} 12 *", for: 2d }], timeZone: America/New_York } }`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function readPolicies(): AdmissionPolicy[] {
  const parsed = parseProject(projectText(), { file: 'stk.yaml', gateKinds });
  if (!parsed.ok) throw new Error(`the project does not parse: ${parsed.problems[0]?.message}`);
  const { pipeline } = parsed.value;
  return [...pipeline.environments.keys()].flatMap((name) => {
    const policy = admissionPolicyOf(pipeline, name);
    return policy === undefined || name === 'dev' ? [] : [policy];
  });
}

function factsOf(environment: string): AdmissionFacts {
  const about = { release: 'v2', digest, at: now - hour };
  const checks = ['ci', 'unit', 'security', 'load'].map((name) => ({
    path: `checks/${name}`,
    record: {
      ...about,
      record: 'check' as const,
      by: 'ci@example.com',
      name,
      status: 'passed' as const,
      values: new Map([['coverage', 90]]),
    },
  }));
  const judgements = ['ada', 'bob'].map((name) => ({
    path: `approvals/${name}`,
    record: { ...about, record: 'approval' as const, by: `${name}@example.com`, environment },
  }));
  return {
    desired: { release: 'v2', digest },
    serving: { release: 'v1', digest },
    hasServed: true,
    ran: { events: 'unknown', memory: 'unknown', isNamedBeforeGates: false },
    move: {
      trust: { counts: true },
      isAutomatic: false,
      hold: undefined,
      hotfix: undefined,
      override: undefined,
      policyChange: undefined,
    },
    freezes: [],
    veto: undefined,
    gates: {
      release: {
        id: 'v2',
        digest,
        ref: 'abc1234',
        createdAt: '2026-11-24T08:00:00Z',
        notes: 'Scope',
        authors: ['dev@example.com'],
      },
      moveAuthors: ['mover@example.com'],
      evidence: { known: true, value: { checks, judgements } },
      sources: [
        {
          environment: 'dev',
          state: {
            known: true,
            value: { presence: 'now', healthy: [{ since: now - 24 * hour, until: undefined }] },
          },
        },
      ],
    },
  };
}

export const gates: Scenario = {
  name: 'gates',
  title:
    'Evaluation of 1,000 gates over 100 environments, every one with a schedule of its own, with what they need to know at hand: the first time, and each time when one hour has passed.',
  run: ({ isQuick }) => {
    const queue = new AgainQueue();
    let policies: AdmissionPolicy[] = [];
    let evaluated = 0;
    const evaluateAll = (at: number): number => {
      const started = performance.now();
      evaluated = 0;
      for (const policy of policies) {
        const admission = admit(policy, factsOf(policy.environment), at);
        evaluated += admission.gates.length;
        queue.set(policy.environment, admission.again);
      }
      return performance.now() - started;
    };
    policies = readPolicies();
    const first = [evaluateAll(now)];
    const rounds = isQuick ? 5 : 50;
    const later = Array.from({ length: rounds }, (_, round) => evaluateAll(now + (round + 1) * hour));
    if (evaluated !== environments * 10) throw new Error(`${evaluated} gates were evaluated`);
    const aim = (samples: readonly number[]) => ({ text: `≤ ${most} ms`, isMet: medianOf(samples) <= most });
    return Promise.resolve([
      { what: 'the first time, no schedule known yet', samples: first, unit: 'ms', aim: aim(first) },
      { what: 'an hour later', samples: later, unit: 'ms', aim: aim(later) },
    ]);
  },
};
