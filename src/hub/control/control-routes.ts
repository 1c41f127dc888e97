// The control plane's routes under /api/v1: path, method, right and handler of each. Handlers have their own files.
import { StkError } from '../../kernel/errors.ts';
import { loadChanges } from '../../promotion/load-changes.ts';
import type { AutoStatus } from '../../reconciler/auto/present-auto.ts';
import type { Candidate, HubState } from '../../reconciler/hub-state.ts';
import type { TargetKind } from '../../reconciler/undo/choose-target.ts';
import {
  type ControlHandler,
  type ControlRequest,
  findEnvironment,
  parseLimit,
  parseSkip,
  parseStrings,
  type Reply,
  requireEnvironment,
  requireProject,
} from './control-request.ts';
import { createAuditRoute } from './audit-route.ts';
import { createEventsRoute } from '../live/events-route.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';
import { createCanaryRoutes } from './canary-routes.ts';
import { createEvidenceRoutes } from './evidence-routes.ts';
import { judgeMove } from './judge-move.ts';
import { createNotificationRoutes } from './notification-routes.ts';
import { createOpenapiRoutes } from './openapi-routes.ts';
import { createSnapshotRoute } from './snapshot-route.ts';
import { createOverviewRoutes } from './overview-routes.ts';
import { createStopRoutes } from './stop-routes.ts';
import { movePointer } from './move-pointer.ts';
import { parseMove } from './parse-move.ts';
import { ReleaseCatalog } from './release-catalog.ts';
import { presentRelease } from './release-document.ts';
import { defaultMatrixLimit, maxMatrixLimit, readMatrix, tellRollbackTargets } from './release-matrix.ts';

const project = '/api/v1/projects/:project';
const environment = `${project}/environments/:environment`;

export function createControlRoutes(parts: RouteParts): readonly ControlRoute[] {
  const { state, limits, clock, stateDirectory } = parts;
  const catalog = new ReleaseCatalog(state);
  const read = (path: string, handle: ControlHandler): ControlRoute => ({
    path,
    method: 'GET',
    right: 'read',
    isHeavy: false,
    bodyLimit: 0,
    handle,
  });
  const move = (action: 'promote' | 'rollback'): ControlRoute => ({
    path: `${environment}/${action}`,
    method: 'POST',
    right: 'write',
    isHeavy: true,
    bodyLimit: limits.controlBody,
    handle: async (request) => {
      const asked = parseMove({ state, action, now: clock.now() }, request);
      const answer = await movePointer(state, asked, limits.settleTimeout);
      if (answer.kind === 'moved') return { status: 200, body: answer.moved };
      throw await tellRollbackTargets(state, asked.environment, answer.error);
    },
  });

  const routes: readonly ControlRoute[] = [
    read('/api/v1/projects', () => ({
      status: 200,
      body: { projects: [presentProject(state, stateDirectory)] },
    })),
    read(project, ({ params }) => {
      requireProject(state, params['project']);
      return { status: 200, body: presentProject(state, stateDirectory) };
    }),
    read(`${project}/environments`, ({ params }) => {
      requireProject(state, params['project']);
      const environments = state.environments().flatMap((name) => state.status(name) ?? []);
      return { status: 200, body: { environments } };
    }),
    read(environment, (request) => ({ status: 200, body: presentStatus(state, request) })),
    read(`${environment}/history`, async (request) => {
      const name = findEnvironment(state, request);
      const limit = parseLimit(request.query, 50);
      const revision = state.observedRevision() ?? (await state.repo.resolve());
      const changes = await loadChanges(state.repo, { revision, environment: name });
      // The revision identifies this history: the Hub may have moved on by now.
      return { status: 200, body: { revision, changes: changes.slice(0, limit) } };
    }),
    read(`${project}/releases`, async ({ params, query }) => {
      requireProject(state, params['project']);
      const asked = query.get('environment');
      const names = asked === null ? state.environments() : [requireEnvironment(state, asked)];
      const desired = new Set(names.map((name) => state.status(name)?.desired?.release));
      const page = {
        limit: parseLimit(query, 50),
        skip: parseSkip(query),
        search: query.get('search') ?? '',
      };
      const releases = await catalog.list(page, (release) => desired.has(release));
      return { status: 200, body: { releases } };
    }),
    read(`${project}/releases/:release`, async ({ params }) => {
      requireProject(state, params['project']);
      return { status: 200, body: presentRelease(await catalog.read(params['release'] ?? '')) };
    }),
    {
      path: `${environment}/check`,
      method: 'POST',
      right: 'read',
      isHeavy: true,
      bodyLimit: limits.documentBody,
      handle: async (request) => {
        const name = findEnvironment(state, request);
        const what = parseCheck(request);
        const author = request.query.get('author') ?? request.caller.subject;
        const judged = await judgeMove(state, { environment: name, what, author });
        if (judged.kind === 'refused') throw await tellRollbackTargets(state, name, judged.error);
        const { release, fingerprint, findings, gates } = judged;
        const shown = gates.length === 0 ? {} : { gates };
        return { status: 200, body: { environment: name, release, fingerprint, findings, ...shown } };
      },
    },
    {
      ...read(`${environment}/matrix`, async (request) => {
        const name = findEnvironment(state, request);
        const limit = parseLimit(request.query, defaultMatrixLimit, maxMatrixLimit);
        return { status: 200, body: await readMatrix({ state, catalog }, name, limit) };
      }),
      isHeavy: true,
    },
    {
      path: `${environment}/smoke`,
      method: 'POST',
      right: 'write',
      isHeavy: true,
      bodyLimit: limits.controlBody,
      handle: async (request) => {
        const name = findEnvironment(state, request);
        const asked = parseStrings(request.body, ['release']).get('release');
        const { release, report } = await state.smoke(name, asked);
        const { isPassed: passed, tests } = report;
        return { status: 200, body: { environment: name, release, passed, tests } };
      },
    },
    read(`${environment}/previous`, (request) => findTarget(state, request, 'previous')),
    read(`${environment}/last-known-good`, (request) => findTarget(state, request, 'last-known-good')),
    read(`${environment}/gates`, async (request) => {
      const name = findEnvironment(state, request);
      const author = request.query.get('author') ?? request.caller.subject;
      const release = request.query.get('release') ?? undefined;
      const outcome = await state.explain(name, { release, author });
      if (outcome.kind === 'refused') throw outcome.error;
      return { status: 200, body: outcome.explanation };
    }),
    read(`${environment}/auto`, async (request) => ({ status: 200, body: await readAuto(state, request) })),
    move('promote'),
    move('rollback'),
    ...createCanaryRoutes(parts),
    ...createEvidenceRoutes(parts),
    ...createStopRoutes(parts),
    ...createNotificationRoutes(parts),
    createAuditRoute(parts),
    createEventsRoute(parts),
    createSnapshotRoute(parts),
    ...createOverviewRoutes(parts),
  ];
  const sync = { path: `${project}/sync`, method: 'POST', right: 'read' } as const;
  return [...routes, ...createOpenapiRoutes(parts, [...routes, sync])];
}

function presentProject(state: HubState, stateDirectory: string | undefined): unknown {
  return {
    project: state.project().project,
    ref: state.repo.ref,
    observedRevision: state.observedRevision() ?? null,
    environments: state.environments(),
    ...(stateDirectory === undefined ? {} : { stateDirectory }),
  };
}

function presentStatus(state: HubState, request: ControlRequest): unknown {
  const name = findEnvironment(state, request);
  const status = state.status(name);
  if (status !== undefined) return status;
  throw new StkError('not-active', `${name} has not been read yet`, { details: { environment: name } });
}

async function readAuto(state: HubState, request: ControlRequest): Promise<AutoStatus> {
  const name = findEnvironment(state, request);
  const status = await state.auto.view(name);
  if (status !== undefined) return status;
  throw new StkError('unknown-environment', `nothing is promoted to ${name} automatically`, {
    hint: 'Give it "auto" in stk.yaml: see docs/guides/promote-automatically.md.',
    details: { environment: name },
  });
}

async function findTarget(state: HubState, request: ControlRequest, kind: TargetKind): Promise<Reply> {
  const name = findEnvironment(state, request);
  return { status: 200, body: await state.rollbackTarget(name, kind) };
}

function parseCheck({ body, query }: ControlRequest): Candidate {
  const values = parseStrings(body, ['release', 'document']);
  const release = values.get('release');
  const document = values.get('document');
  const purpose = query.get('purpose');
  const isRollback = purpose === 'rollback';
  const isForMove = isRollback || purpose === 'move';
  if (purpose !== null && (!isForMove || release === undefined))
    throw new StkError(
      'malformed',
      'purpose is "move" or "rollback", of a release that a pointer is about to name',
    );
  if (release !== undefined && document === undefined) return { release, forMove: isForMove, isRollback };
  if (document !== undefined && release === undefined) return { document };
  throw new StkError('malformed', 'the body must have either release (an id) or document (YAML text)');
}
