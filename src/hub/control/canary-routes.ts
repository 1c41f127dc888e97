// Routes of a canary: its state, and requests of people about it.
import { StkError } from '../../kernel/errors.ts';
import { overrideRoles } from '../../ledger/records/counting-rules.ts';
import { holdsOneOf } from '../../model/pipeline/people.ts';
import { planJudgement } from '../../promotion/plan-evidence.ts';
import { presentCanary, type CanaryStatus } from '../../reconciler/canary/present-canary.ts';
import { refuseUnsigned } from '../../promotion/hub-signature.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import type { CanaryView } from '../../reconciler/canary/canary-keeper.ts';
import { basisOf, writePlanned } from './evidence-routes.ts';
import { type ControlRequest, findEnvironment, parseStrings, readReason } from './control-request.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';
import { speakerOf } from './speaking-caller.ts';

const environment = '/api/v1/projects/:project/environments/:environment';

export function createCanaryRoutes({ state, limits, clock }: RouteParts): readonly ControlRoute[] {
  const write = (path: string, handle: ControlRoute['handle']): ControlRoute => ({
    path: `${environment}/canary/${path}`,
    method: 'POST',
    right: 'write',
    isHeavy: true,
    bodyLimit: limits.controlBody,
    handle,
  });
  const ask = (what: 'pause' | 'resume' | 'abort'): ControlRoute =>
    write(what, async (request) => {
      const view = findCanary(state, request);
      const reason = readReason(parseStrings(request.body, ['reason']).get('reason'));
      requireRunning(view, what);
      if (what === 'abort') refuseLate(state, view);
      const actor = request.caller.subject;
      const next = await state.canaries.ask(view.plan.environment, { kind: 'asked', what, actor, reason });
      return { status: 200, body: presentCanary(next ?? view) };
    });
  return [
    {
      path: `${environment}/canary`,
      method: 'GET',
      right: 'read',
      isHeavy: false,
      bodyLimit: 0,
      handle: (request): { status: number; body: CanaryStatus } => ({
        status: 200,
        body: presentCanary(findCanary(state, request)),
      }),
    },
    ask('pause'),
    ask('resume'),
    ask('abort'),
    write('promote', async (request) => {
      const by = speakerOf(request.caller);
      const view = findCanary(state, request);
      const comment = readReason(parseStrings(request.body, ['reason']).get('reason'));
      const { release } = requireRunning(view, 'promote').content;
      requireOverride(state, view, by);
      const name = targetOf(state, view);
      const unsigned = refuseUnsigned({ repo: state.repo, project: () => state.project() }, name);
      if (unsigned !== undefined) throw unsigned;
      const served = state.status(name)?.serving?.release ?? null;
      const planned = await planJudgement(await basisOf({ state, clock }, by), {
        verdict: 'approval',
        release,
        environment: name,
        comment,
        served,
        gate: 'analysis',
      });
      return writePlanned(state, planned);
    }),
  ];
}

/** Throws `not-active` when the environment is not a canary. */
function findCanary(state: HubState, request: ControlRequest): CanaryView {
  const name = findEnvironment(state, request);
  const view = state.canaries.view(name);
  if (view !== undefined) return view;
  const canary = [...state.project().pipeline.environments.values()].find((one) => one.canary?.of === name);
  throw new StkError('unknown-environment', `${name} is not a canary: stk.yaml gives it no "of"`, {
    hint: canary === undefined ? 'See docs/canary-analysis.md.' : `Its canary is ${canary.environment}.`,
    details: { environment: name },
  });
}

function requireRunning({ plan, state }: CanaryView, what: string) {
  if (state.kind === 'running') return state.canary;
  throw new StkError('conflict', `no canary runs in ${plan.environment}, so there is nothing to ${what}`, {
    hint: `See stk canary status --env ${plan.environment}.`,
    details: { environment: plan.environment },
  });
}

/** The gate would not count anybody else's approval. */
function requireOverride(state: HubState, { plan }: CanaryView, by: string): void {
  const { pipeline } = state.project();
  const roles = overrideRoles(pipeline, plan.environment);
  if (roles.length > 0 && holdsOneOf(pipeline.people, roles, by)) return;
  const who = roles.length === 0 ? 'nobody may promote it by hand' : `it takes one of ${roles.join(', ')}`;
  throw new StkError('forbidden', `${by} may not promote the canary of ${plan.environment}: ${who}`, {
    hint: 'analysis.override of stk.yaml names the roles.',
    details: { environment: plan.environment },
  });
}

/** The release's next environment: one whose `from` names the canary, the shared one first. */
function targetOf(state: HubState, { plan }: CanaryView): string {
  const { environments } = state.project().pipeline;
  const after = [...environments.values()].filter(({ from }) => from.includes(plan.environment));
  return after.find((one) => one.environment === plan.of)?.environment ?? after[0]?.environment ?? plan.of;
}

/** Once production's pointer names the release, there is no share to end. */
function refuseLate(state: HubState, { plan, state: canary }: CanaryView): void {
  if (canary.kind !== 'running') return;
  const { release } = canary.canary.content;
  const { desired } = state.status(plan.of) ?? {};
  if (desired?.release !== release) return;
  throw new StkError('conflict', `the pointer of ${plan.of} already names ${release}: it was promoted`, {
    hint: `To go back: stk release rollback --env ${plan.of} --to-release-id ${canary.canary.stable.release} --reason WHY`,
    details: { environment: plan.environment },
  });
}
