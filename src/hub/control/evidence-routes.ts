// Routes that write records for an authenticated caller: checks, approvals, rejections.
import { presentRecord } from '../../documents/record/present-record.ts';
import { StkError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { createHubWriter } from '../../ledger/records/write-records.ts';
import {
  type EvidenceBasis,
  type EvidencePlan,
  planCheck,
  planJudgement,
} from '../../promotion/plan-evidence.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import {
  type ControlRequest,
  findEnvironment,
  parseStrings,
  type Reply,
  requireProject,
} from './control-request.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';
import { hubAuthor, refuseUnsigned } from '../../promotion/hub-signature.ts';
import { speakerOf } from './speaking-caller.ts';

const project = '/api/v1/projects/:project';
const environment = `${project}/environments/:environment`;

export function createEvidenceRoutes({ state, limits, clock }: RouteParts): readonly ControlRoute[] {
  const judge = (word: 'approve' | 'reject'): ControlRoute => ({
    path: `${environment}/${word}`,
    method: 'POST',
    right: 'write',
    isHeavy: true,
    bodyLimit: limits.controlBody,
    handle: async (request) => {
      const by = speakerOf(request.caller);
      const name = findEnvironment(state, request);
      // A record that the Hub cannot sign would not count.
      const unsigned = refuseUnsigned({ repo: state.repo, project: () => state.project() }, name);
      if (unsigned !== undefined) throw unsigned;
      const values = parseStrings(request.body, ['release', 'comment']);
      const release = values.get('release');
      if (release === undefined) throw new StkError('malformed', 'the body must have release (an id)');
      const planned = await planJudgement(await basisOf({ state, clock }, by), {
        verdict: word === 'approve' ? 'approval' : 'rejection',
        release,
        environment: name,
        comment: values.get('comment'),
        served: state.status(name)?.serving?.release ?? null,
      });
      return writePlanned(state, planned);
    },
  });
  return [
    {
      path: `${project}/records`,
      method: 'POST',
      right: 'evidence',
      isHeavy: true,
      bodyLimit: limits.controlBody,
      handle: async (request) => {
        const by = speakerOf(request.caller);
        requireProject(state, request.params['project']);
        return writePlanned(state, await planCheck(await basisOf({ state, clock }, by), parseCheck(request)));
      },
    },
    judge('approve'),
    judge('reject'),
  ];
}

export async function basisOf(
  { state, clock }: Pick<RouteParts, 'state' | 'clock'>,
  by: string,
): Promise<EvidenceBasis> {
  const { repo } = state;
  // It may be about a release that was just pushed.
  if (repo.isRemote) await repo.fetch();
  const revision = await repo.resolve();
  const { pipeline } = state.project();
  return { repo, revision, pipeline, now: clock.now(), by, through: 'hub' };
}

export async function writePlanned(state: HubState, planned: EvidencePlan): Promise<Reply> {
  if (planned.kind === 'refused') throw planned.error;
  const { pipeline } = state.project();
  const target = { branch: pipeline.records.branch, author: hubAuthor(pipeline) };
  const { revision } = await createHubWriter(state.repo, () => target).write([planned.file]);
  await state.sync();
  const { path, record } = planned.file;
  return { status: 200, body: { path, revision, record: presentRecord(record) } };
}

function parseCheck({ body }: ControlRequest) {
  const { values, ...rest } = body;
  const texts = parseStrings(rest, ['record', 'release', 'name', 'status', 'runId', 'url', 'commit']);
  const [release, name, status] = ['release', 'name', 'status'].map((key) => texts.get(key));
  if ((texts.get('record') ?? 'check') !== 'check')
    throw new StkError('malformed', 'this route accepts only records of kind check');
  if (release === undefined || name === undefined)
    throw new StkError('malformed', 'the body must have release (an id) and name (of the check)');
  if (status !== 'passed' && status !== 'failed')
    throw new StkError('malformed', 'status must be "passed" or "failed"');
  return {
    release,
    name,
    status,
    values: parseValues(values ?? {}),
    runId: texts.get('runId'),
    url: texts.get('url'),
    commit: texts.get('commit'),
  } as const;
}

function parseValues(values: JsonObject[string]): ReadonlyMap<string, number> {
  if (!isJsonObject(values)) throw new StkError('malformed', 'values must be an object of numbers');
  return new Map(
    Object.entries(values).map(([name, value]): [string, number] => {
      if (typeof value === 'number') return [name, value];
      throw new StkError('malformed', 'every member of values must be a number');
    }),
  );
}
