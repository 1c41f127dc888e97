// Routes for stops and for hotfixes: freezes, halt, vetoes, resume, hotfix. Each commits one file as the Hub.
import { readReleaseVeto } from '../../ledger/intent/stops.ts';
import { StkError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import type { Json } from '../../kernel/json.ts';
import { freezeFolder, freezePath, vetoPath } from '../../model/pipeline/freeze.ts';
import { planResume } from '../../promotion/plan-resume.ts';
import { pointerPath } from '../../promotion/pointer-file.ts';
import {
  haltName,
  nameFreeze,
  planFreeze,
  planUnfreeze,
  planUnveto,
  planVeto,
} from '../../promotion/stop-files.ts';
import { commitFile } from './commit-file.ts';
import {
  type ControlHandler,
  type ControlRequest,
  findEnvironment,
  parseStrings,
  readReason,
  requireProject,
} from './control-request.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';
import { commitHotfix } from './hotfix.ts';

const project = '/api/v1/projects/:project';
const environment = `${project}/environments/:environment`;

export function createStopRoutes({ state, limits, clock }: RouteParts): readonly ControlRoute[] {
  const write = (method: 'POST' | 'DELETE', path: string, handle: ControlHandler): ControlRoute => ({
    path,
    method,
    right: 'write',
    isHeavy: true,
    bodyLimit: limits.controlBody,
    handle,
  });
  const freeze = (request: ControlRequest, given: string | undefined): ReturnType<ControlHandler> =>
    commitFreeze({ state, clock }, request, given);
  return [
    write('POST', `${project}/freezes`, (request) => freeze(request, undefined)),
    write('POST', `${project}/halt`, (request) => freeze(request, haltName)),
    write('DELETE', `${project}/freezes/:freeze`, async ({ params, caller }) => {
      requireProject(state, params['project']);
      const name = params['freeze'] ?? '';
      const committed = await commitFile(state, async (at) =>
        planUnfreeze(name, { names: await at.names(freezeFolder), actor: caller.subject }),
      );
      return { status: 200, body: { freeze: name, ...committed } };
    }),
    write('POST', `${project}/vetoes/:release`, async ({ params, body, caller }) => {
      requireProject(state, params['project']);
      const release = params['release'] ?? '';
      const reason = readReason(parseStrings(body, ['reason']).get('reason'));
      const committed = await commitFile(state, async (at) => {
        const isKnown = isId(release) && (await at.text(`releases/${release}.yaml`)) !== undefined;
        const existing = isKnown ? await at.text(vetoPath(release)) : undefined;
        return planVeto({ release, reason, existing, isKnown, actor: caller.subject });
      });
      return { status: 200, body: { veto: release, ...committed } };
    }),
    {
      path: `${project}/vetoes/:release`,
      method: 'GET',
      right: 'read',
      isHeavy: false,
      bodyLimit: 0,
      handle: async ({ params }) => {
        requireProject(state, params['project']);
        const release = params['release'] ?? '';
        const revision = state.observedRevision() ?? (await state.repo.resolve());
        const veto = isId(release) ? await readReleaseVeto(state.repo, revision, release) : null;
        return { status: 200, body: { release, reason: veto?.reason ?? null } };
      },
    },
    write('DELETE', `${project}/vetoes/:release`, async ({ params, caller }) => {
      requireProject(state, params['project']);
      const release = params['release'] ?? '';
      const committed = await commitFile(state, async (at) => {
        const existing = isId(release) ? await at.text(vetoPath(release)) : undefined;
        return planUnveto({ release, existing, actor: caller.subject });
      });
      return { status: 200, body: { veto: release, ...committed } };
    }),
    write('POST', `${environment}/resume`, async (request) => {
      const name = findEnvironment(state, request);
      parseStrings(request.body, []);
      const actor = request.caller.subject;
      const committed = await commitFile(state, async (at) =>
        planResume({ environment: name, text: await at.text(pointerPath(name)), actor }),
      );
      return { status: 200, body: { environment: name, ...committed } };
    }),
    write('POST', `${environment}/hotfix`, (request) => commitHotfix(state, request)),
  ];
}

async function commitFreeze(
  { state, clock }: Pick<RouteParts, 'state' | 'clock'>,
  request: ControlRequest,
  given: string | undefined,
) {
  const { params, body, caller } = request;
  requireProject(state, params['project']);
  const { environments: list, ...rest } = body;
  const isHalt = given !== undefined;
  const values = parseStrings(
    isHalt ? body : rest,
    isHalt ? ['reason'] : ['name', 'reason', 'from', 'until'],
  );
  const environments = isHalt ? undefined : parseNames(list);
  const reason = readReason(values.get('reason'));
  let name = given ?? values.get('name') ?? '';
  const committed = await commitFile(state, async (at) => {
    if (name === '')
      name = nameFreeze(environments, { at: clock.now(), names: await at.names(freezeFolder) });
    return planFreeze({
      name,
      environments,
      reason,
      from: values.get('from'),
      until: values.get('until'),
      existing: isId(name) ? await at.text(freezePath(name)) : undefined,
      known: [...state.project().environments.keys()],
      actor: caller.subject,
    });
  });
  return { status: 200, body: { freeze: name, ...committed } };
}

function parseNames(list: Json | undefined): readonly string[] | undefined {
  if (list === undefined || list === null) return undefined;
  const names = Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
  if (Array.isArray(list) && names.length === list.length && names.length > 0) return names;
  throw new StkError('malformed', 'environments must be a list of names');
}
