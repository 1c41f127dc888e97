// What a page needs beside the statuses: the caller and its rights, and how releases move through the environments.
import { readFreezes } from '../../ledger/intent/stops.ts';
import type { Freeze } from '../../model/pipeline/freeze.ts';
import type { EnvironmentPolicy } from '../../model/pipeline/pipeline.ts';
import { mayApprove, mayOverride } from '../../ledger/records/counting-rules.ts';
import { requireProject } from './control-request.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';

export function createOverviewRoutes({ state }: RouteParts): readonly ControlRoute[] {
  const read = { method: 'GET', right: 'read', isHeavy: false, bodyLimit: 0 } as const;
  return [
    {
      ...read,
      path: '/api/v1/me',
      handle: ({ caller: { subject }, rights }) => {
        const { pipeline } = state.project();
        const mayWrite = rights.includes('write') && subject !== undefined;
        const names = mayWrite ? state.environments() : [];
        const approves = names.filter((name) => mayApprove(pipeline, name, subject ?? ''));
        const overrides = names.filter((name) => mayOverride(pipeline, name, subject ?? ''));
        return { status: 200, body: { subject: subject ?? null, rights, approves, overrides } };
      },
    },
    {
      ...read,
      path: '/api/v1/projects/:project/pipeline',
      handle: async ({ params }) => {
        requireProject(state, params['project']);
        const { project, pipeline } = state.project();
        const revision = state.observedRevision() ?? (await state.repo.resolve());
        const known = new Set(state.project().environments.keys());
        const freezes = await readFreezes(state.repo, revision, known);
        const environments = state
          .environments()
          .map((name) => presentPolicy(name, pipeline.environments.get(name)));
        const shown = { project, revision, environments, freezes: freezes.map(presentFreeze) };
        return { status: 200, body: shown };
      },
    },
  ];
}

function presentPolicy(environment: string, policy: EnvironmentPolicy | undefined): unknown {
  return {
    environment,
    from: policy?.from ?? [],
    of: policy?.canary?.of ?? null,
    gates: policy?.gates.map(({ name, kind }) => ({ name, kind })) ?? [],
  };
}

function presentFreeze({ name, environments, reason, from, until, broken }: Freeze): unknown {
  const time = (at: number | undefined): string | null =>
    at === undefined ? null : new Date(at).toISOString();
  return {
    freeze: name,
    environments: environments ?? null,
    reason,
    from: time(from),
    until: time(until),
    problem: broken ?? null,
  };
}
