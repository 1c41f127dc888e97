// Gate `approval`: enough people with a role approved this content for this environment, none of them an author of the
// move or of the release, and nobody with the role rejected it. Hotfixes use the same rules (`evaluateApprovals`).
import { defineGateKind } from '../define-gate-kind.ts';
import { describeTime } from '../describe-time.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { Counting, GateFacts } from '../../model/pipeline/gate-facts.ts';
import { judgeCount, judgeRole, readDuration } from '../../documents/project/judge-people.ts';
import { holdsRole, personOf, type People } from '../../model/pipeline/people.ts';
import type { ApprovalRecord, RejectionRecord } from '../../model/pipeline/record.ts';
import { durationSchema, roleSchema } from '../../documents/schemas/value-schemas.ts';
import { child, mapOf, numberOf, textOf } from '../../documents/yaml/tree-reader.ts';

type Judging = Counting<ApprovalRecord | RejectionRecord>;

export interface ApprovalConfig {
  readonly role: string;
  readonly count: number;
  readonly expires: number | undefined;
  readonly allowAuthor: boolean;
  readonly people: People | undefined;
  /** Which judgements are about this question. */
  readonly isAbout: (record: ApprovalRecord | RejectionRecord) => boolean;
}

export const approvalKind = defineGateKind<ApprovalConfig>({
  kind: 'approval',
  inHotfix: false,
  schema: {
    type: 'object',
    description: 'who approves: { role: reviewer, count: 1, expires: 72h }',
    properties: {
      role: roleSchema,
      count: { type: 'integer', minimum: 1, maximum: 100, default: 1, description: 'how many people' },
      expires: durationSchema,
      allowAuthor: {
        type: 'boolean',
        default: false,
        description: 'true: authors may approve, for a team of one',
      },
    },
    required: ['role'],
    additionalProperties: false,
  },
  read: (entry, { name, people, report, warn }) => {
    const settings = mapOf(entry, 'approval');
    const role = textOf(settings, 'role') ?? '';
    const count = numberOf(settings, 'count') ?? 1;
    const author = child(settings, 'allowAuthor');
    const allowAuthor = author?.kind === 'scalar' && author.value === true;
    judgeRole(role, people, '/approval/role', report);
    judgeCount({ role, count, people }, '/approval', { report, warn: allowAuthor ? () => undefined : warn });
    const expires = readDuration(settings, 'expires', { pointer: '/approval/expires', report });
    const isAbout: ApprovalConfig['isAbout'] = ({ hotfix, gate }) =>
      hotfix === undefined && (gate === undefined || gate === name);
    return { role, count, expires, allowAuthor, people, isAbout };
  },
  evaluate: evaluateApprovals,
});

export function evaluateApprovals(config: ApprovalConfig, facts: GateFacts): GateAnswer {
  const { role, count, expires, allowAuthor, people } = config;
  const { evidence, environment, now, release } = facts;
  if (!evidence.known)
    return { verdict: 'error', sentence: `The records cannot be read: ${evidence.why}`, evidence: [] };
  const help = `stk approve --release ${release.id} --env ${environment}`;
  const newest = new Map<string, Judging>();
  for (const judgement of evidence.value.judgements) {
    const { record } = judgement;
    if (record.environment !== environment || !config.isAbout(record)) continue;
    if (holdsRole(people, role, record.by)) newest.set(personOf(people, record.by), judgement);
  }
  const authors = new Set(
    allowAuthor ? [] : [...facts.moveAuthors, ...release.authors].map((mail) => personOf(people, mail)),
  );
  const rejections = [...newest.values()].filter(({ record }) => record.record === 'rejection');
  if (rejections.length > 0) {
    const said = rejections.map(
      ({ record }) =>
        `${record.by} rejected it${record.comment === undefined ? '' : ` ("${record.comment}")`}`,
    );
    const sentence = `${said.join('; ')}. This holds until the same person approves.`;
    return { verdict: 'fail', sentence, evidence: rejections.map(({ path }) => path), help };
  }
  const counted: Judging[] = [];
  const left: string[] = [];
  for (const [person, judgement] of newest) {
    const { by, at } = judgement.record;
    if (authors.has(person)) left.push(`${by} is an author`);
    else if (expires !== undefined && now - at > expires)
      left.push(`the approval of ${by} expired at ${describeTime(at + expires)}`);
    else counted.push(judgement);
  }
  const paths = counted.map(({ path }) => path);
  const names = counted.map(({ record }) => record.by);
  const again =
    expires === undefined || counted.length === 0
      ? undefined
      : Math.min(...counted.map(({ record }) => record.at)) + expires + 1;
  if (counted.length >= count)
    return {
      verdict: 'pass',
      sentence: `${names.join(' and ')} approved as ${role}.`,
      evidence: paths,
      again,
    };
  const why = left.length === 0 ? '' : ` Not counted: ${left.join('; ')}.`;
  const so = names.length === 0 ? '' : ` (${names.join(', ')})`;
  const sentence = `${counted.length} of ${count} approvals by ${role}${so}.${why}`;
  return { verdict: 'pending', sentence, evidence: paths, help, again };
}
