// `POST …/hotfix`: the Hub commits a pointer with the key `hotfix`. It takes effect once it is approved.
import { StkError } from '../../kernel/errors.ts';
import { readReleaseVeto } from '../../ledger/intent/stops.ts';
import { applyMove } from '../../promotion/apply-move.ts';
import type { MovePlan } from '../../promotion/plan.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import {
  type ControlRequest,
  findEnvironment,
  parseStrings,
  readReason,
  type Reply,
} from './control-request.ts';
import { createHubCommitter } from '../../promotion/hub-committer.ts';
import { hubAuthor, refuseUnsigned } from '../../promotion/hub-signature.ts';
import { judgeRelease } from './judge-release.ts';
import { readPointerAt } from '../../promotion/pointer-state.ts';
import { speakerOf } from './speaking-caller.ts';

/** Throws `forbidden`, `malformed`, `unknown-release`, `gate-not-met` (a veto), `incompatible`. */
export async function commitHotfix(state: HubState, request: ControlRequest): Promise<Reply> {
  const actor = speakerOf(request.caller);
  const environment = findEnvironment(state, request);
  const values = parseStrings(request.body, ['release', 'reason']);
  const release = values.get('release');
  if (release === undefined) throw new StkError('malformed', 'the body must have release (an id)');
  const reason = readReason(values.get('reason'));
  const policy = state.project().pipeline.environments.get(environment);
  if (policy === undefined || (policy.from.length === 0 && policy.gates.length === 0))
    throw new StkError('malformed', `${environment} has neither from nor gates, so a hotfix skips nothing`, {
      hint: 'Promote it.',
    });
  const before = await readPointerAt(state.repo, environment, await state.repo.resolve());
  const veto = await readReleaseVeto(state.repo, before.revision, release);
  if (veto !== null)
    throw new StkError('gate-not-met', `${release} is vetoed: ${veto.reason}; nothing was written`, {
      details: { environment, release, reason: 'Vetoed', gates: [] },
    });
  const plan: MovePlan = {
    kind: 'move',
    action: 'promote',
    environment,
    from: before.release,
    to: release,
    source: undefined,
    keys: { hotfix: { reason, approvers: [] } },
  };
  const outcome = await applyMove(plan, {
    judge: async () => {
      const unsigned = refuseUnsigned({ repo: state.repo, project: () => state.project() }, environment);
      if (unsigned !== undefined) return { kind: 'refused', error: unsigned };
      if (state.observedRevision() !== before.revision) await state.sync();
      return judgeRelease(state, environment, { release, forMove: true });
    },
    facts: { reason, actor },
    committer: createHubCommitter(state.repo, before, hubAuthor(state.project().pipeline)),
  });
  if (outcome.kind === 'refused') throw outcome.error;
  if (outcome.kind === 'already') throw new StkError('internal', 'the plan of a hotfix has no move');
  await state.sync();
  const { revision } = outcome.commit;
  const { approvals } = state.project().pipeline.hotfix;
  return {
    status: 200,
    body: { from: before.release ?? null, to: release, revision, committed: true, approvals },
  };
}
