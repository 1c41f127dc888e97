// The relation of the environments of `from` to one content: served by this Hub, or reported by another one.
import type { Content } from '../../../gates/admission/admission-facts.ts';
import { asStkError } from '../../../kernel/errors.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import type { CountingRules } from '../../../ledger/records/judge-record.ts';
import type { SourceFacts, SourceState } from '../../../model/pipeline/gate-facts.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';
import type { ActivationMemory } from '../../state/activation-memory.ts';
import type { HealthNotes } from '../../state/health-notes.ts';
import type { AskHub, ToldByHub } from '../ask-hub.ts';

export interface SourceRequest {
  readonly ledger: Ledger;
  readonly memory: ActivationMemory;
  readonly health: Pick<HealthNotes, 'of'>;
  readonly pipeline: Pipeline;
  readonly rules: CountingRules;
  /** Commit of the followed branch. */
  readonly revision: string;
  readonly content: Content;
  /**
   * What this Hub serves there; `null` when it serves the environment, but nothing is active. `undefined` when another
   * Hub serves it.
   */
  servedHere(environment: string): Content | null | undefined;
  readonly askHub: AskHub;
}

export async function readSources(
  request: SourceRequest,
  environments: readonly string[],
): Promise<readonly SourceFacts[]> {
  return Promise.all(
    environments.map(async (environment): Promise<SourceFacts> => {
      try {
        return { environment, state: { known: true, value: await readSource(request, environment) } };
      } catch (thrown) {
        return { environment, state: { known: false, why: asStkError(thrown).message } };
      }
    }),
  );
}

async function readSource(request: SourceRequest, environment: string): Promise<SourceState> {
  const here = request.servedHere(environment);
  if (here !== undefined) return readHere(request, environment, here);
  const told = await request.askHub(environment, request.pipeline.environments.get(environment)?.hub);
  const { content } = request;
  const isNow =
    told.release === content.release && (told.digest === undefined || told.digest === content.digest);
  if (isNow) return { presence: 'now', healthy: healthyOf(told), smoke: told.smoke };
  return { presence: await readPast(request, environment), healthy: [] };
}

async function readHere(
  request: SourceRequest,
  environment: string,
  served: Content | null,
): Promise<SourceState> {
  const { content, health, memory } = request;
  const healthy = health
    .of(environment, content)
    .map(({ since, seen, isOver }) => ({ since, until: isOver ? seen : undefined }));
  const smoke = memory.smokeOf(environment, content);
  if (served?.release === content.release && served.digest === content.digest)
    return { presence: 'now', healthy, smoke };
  const left = memory.left(environment, content);
  if (left !== undefined)
    return { presence: left === 'rollback' ? 'rolled-back' : 'promoted-away', healthy, smoke };
  return { presence: await readPast(request, environment), healthy, smoke };
}

/** From the events of the source: what was activated there after this content. */
async function readPast(
  { ledger, rules, revision, content }: SourceRequest,
  environment: string,
): Promise<SourceState['presence']> {
  const activations = async (of: Content) =>
    (await ledger.eventsOf(of, rules)).filter(
      ({ record }) => record.environment === environment && record.event === 'activated',
    );
  const last = (await activations(content)).at(-1);
  if (last === undefined) return 'never';
  let next: 'rolled-back' | 'promoted-away' | undefined;
  for await (const { commit, release, digest } of ledger.pointers.walk(revision, environment)) {
    if (commit.revision === last.record.revision) break;
    if (release === null || digest === null) continue;
    const found = (await activations({ release, digest })).find(
      ({ record }) => record.revision === commit.revision,
    );
    if (found !== undefined) next = found.record.class === 'rollback' ? 'rolled-back' : 'promoted-away';
  }
  // Something else is served there, and it is unknown yet how it was activated.
  return next ?? 'never';
}

function healthyOf({ healthySince }: ToldByHub): SourceState['healthy'] {
  return healthySince === undefined ? [] : [{ since: healthySince, until: undefined }];
}
