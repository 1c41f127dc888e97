// A pipeline for scenarios: an environment with six gates, and the records that let a release through all of them.
import { createHash } from 'node:crypto';
import { fileRecord } from '../src/documents/record/format-record.ts';
import type { LedgerRecord } from '../src/model/pipeline/record.ts';
import type { Commit } from './config-repo.ts';

export const recordsBranch = 'stk-records';
const ci = 'ci@example.com';
const approver = 'ada@example.com';
const hour = 3_600_000;

/** Added to a project text whose last environment has the gates. */
export const sixGates = `    gates:
      ci: { check: ci }
      unit: { check: unit, values: { coverage: { min: 80 } } }
      security: { check: security, maxAge: 7d }
      approve: { approval: { role: approver } }
      ref: { expression: "size(release.ref) > 0" }
      quiet: { window: { deny: [{ cron: "0 0 24 12 *", for: 3d }], timeZone: Europe/Berlin } }
people: { ci: [${ci}], approver: [${approver}] }
`;

/** One gate, which waits for an approval. */
export const approvalGate = `    gates: { approve: { approval: { role: approver } } }
people: { ci: [operator@example.com], approver: [${approver}] }
`;

/** stk.yaml whose last environment has these gates; `project` as `projectText` writes it. */
export function withGates(project: string, gates: string): string {
  return project.replace(/ \{ (database: \{ urlFrom: DATABASE_URL \}) \}\n$/, `\n    $1\n${gates}`);
}

export function approvalOf(release: string, text: string, environment: string): Commit {
  return commitOf({ record: 'approval', ...aboutOf(release, text), by: approver, environment });
}

/** What the six gates ask of a release. */
export function evidenceOf(release: string, text: string, environment: string): Commit[] {
  const checks = ['ci', 'unit', 'security'].map((name) =>
    commitOf({
      record: 'check',
      ...aboutOf(release, text),
      by: ci,
      name,
      status: 'passed',
      values: new Map([['coverage', 91]]),
    }),
  );
  return [...checks, approvalOf(release, text, environment)];
}

function aboutOf(release: string, text: string): { release: string; digest: string; at: number } {
  const digest = createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
  return { release, digest, at: Date.now() - hour };
}

function commitOf(record: LedgerRecord): Commit {
  const filed = fileRecord(record);
  if (!filed.ok) throw new Error(`the record is none: ${filed.problems[0]?.message}`);
  const { path, text } = filed.value;
  return {
    subject: `record(${record.release}): ${record.record}`,
    files: { [path]: text },
    by: record.by,
  };
}
