// `stk canary promote`: records that a person lets a canary pass when its analysis ended without a verdict. The
// promotion is a separate step: by a person, or by the Hub when stk.yaml says so.
import { StkError } from '../../../kernel/errors.ts';
import { overrideRoles } from '../../../ledger/records/counting-rules.ts';
import { holdsOneOf } from '../../../model/pipeline/people.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';
import { planJudgement } from '../../../promotion/plan-evidence.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { openEvidence } from '../../govern/open-evidence.ts';
import { requireReason } from '../../govern/require-reason.ts';
import { type RecordOptions, writeRecord } from '../../govern/write-record.ts';
import type { CanaryAnswer } from '../../hub/canary-answer.ts';

export interface CanaryPromoteOptions extends RecordOptions {
  readonly env: string;
  readonly reason: string;
}

/** Throws `forbidden`, `conflict`. */
export async function promoteCanary(context: CommandContext, options: CanaryPromoteOptions): Promise<number> {
  const { hub, project, identity } = context;
  const { env } = options;
  requireEnvironment(identity, env);
  const comment = requireReason(options.reason);
  const [{ repo, tip, author, pipeline, basis, branch }, canary] = await Promise.all([
    openEvidence(context, options.author),
    hub.of(env).canary(project, env),
  ]);
  const release = requireUndecided(canary, pipeline);
  requireOverride(pipeline, env, author.email);
  const environment = targetOf(pipeline, canary);
  const planned = await planJudgement(basis, {
    verdict: 'approval',
    release,
    environment,
    comment,
    served: undefined,
    gate: 'analysis',
  });
  if (planned.kind === 'refused') throw planned.error;
  const told = `${author.email} passed the canary of ${release}; promote it: stk release promote --to ${environment} --release-id ${release}`;
  return writeRecord(context, repo, { write: { file: planned.file, author, branch, tip, told }, options });
}

/** An approval only counts when the analysis ended without a verdict, or there is none. */
function requireUndecided(
  { environment, release, state, sentence }: CanaryAnswer,
  pipeline: Pipeline,
): string {
  const isAnalysed = pipeline.environments.get(environment)?.canary?.analysis !== undefined;
  if (release !== null && (state === 'undecided' || !isAnalysed)) return release;
  const message =
    release === null
      ? `no canary runs in ${environment}`
      : `the canary of ${release} is ${state}, not undecided: ${sentence}`;
  throw new StkError('conflict', `${message}; nothing was written`, {
    hint: `See stk canary status --env ${environment}.`,
    details: { environment },
  });
}

function requireOverride(pipeline: Pipeline, environment: string, by: string): void {
  const roles = overrideRoles(pipeline, environment);
  if (roles.length > 0 && holdsOneOf(pipeline.people, roles, by)) return;
  const who = roles.length === 0 ? 'nobody may' : `it takes one of ${roles.join(', ')}`;
  throw new StkError(
    'forbidden',
    `${by} may not promote the canary of ${environment}: ${who}; nothing was written`,
    { hint: 'analysis.override of stk.yaml names the roles.', details: { environment } },
  );
}

/** The release's next environment: one whose `from` names the canary, the shared one first. */
function targetOf({ environments }: Pipeline, { environment, of }: CanaryAnswer): string {
  const after = [...environments.values()].filter(({ from }) => from.includes(environment));
  return after.find((one) => one.environment === of)?.environment ?? after[0]?.environment ?? of;
}
