// May a release enter an environment? The same facts and admission as for a pointer commit, for a planned move. When
// the pointer names the release already, for its real move.
import type { Content } from '../../gates/admission/admission-facts.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import { parsePointer } from '../../documents/parse-pointer.ts';
import { maxPointerBytes, type Pointer } from '../../model/pointer.ts';
import type { ReleaseLibrary } from '../environment/release-library.ts';
import type { Observation } from '../follow/observe-repo.ts';
import type { ExplainOutcome, MoveQuestion } from '../hub-state.ts';
import { readRelease } from '../stages/load-release.ts';
import { isRegularFile } from '../stages/read-pointer.ts';
import { type Explanation, presentDecision } from './explanation.ts';
import type { GovernedPath } from './governed-path.ts';

export interface ExplainPlace {
  readonly library: ReleaseLibrary;
  readonly governed: GovernedPath;
  readonly repo: ConfigRepo | undefined;
  readonly observation: Observation | undefined;
  readonly environment: string;
  readonly serving: Content | undefined;
}

export async function explainMove(place: ExplainPlace, what: MoveQuestion): Promise<ExplainOutcome> {
  try {
    return await explain(place, what);
  } catch (thrown) {
    const error = asStkError(thrown);
    if (error.code === 'internal') throw thrown;
    return { kind: 'refused', error };
  }
}

async function explain(
  { library, governed, repo, observation, environment, serving }: ExplainPlace,
  { release: asked, author }: MoveQuestion,
): Promise<ExplainOutcome> {
  if (repo === undefined || observation === undefined)
    throw new StkError('git-unavailable', 'The config repo cannot be read now.', {
      hint: 'The Hub keeps trying; stk status shows when it can be read again.',
    });
  const pointer = await readNamed(repo, observation, environment);
  const id = asked ?? pointer?.release;
  if (id === undefined || !isId(id)) throw unknownRelease(environment, asked);
  const { revision, releases } = observation;
  const reading = await readRelease({ library, target: { repo, revision, releases }, release: id });
  if (reading.kind === 'stop') throw reading.error;
  const entry = releases === undefined ? undefined : await repo.entry(releases, `${id}.yaml`);
  if (entry === undefined) throw unknownRelease(environment, id);
  const { release } = reading.value;
  const move =
    pointer?.release === id ? ({ kind: 'made', pointer } as const) : ({ kind: 'planned', author } as const);
  const decision = await governed.decide({ environment, release, digest: entry.id, serving, move });
  const explanation =
    decision === undefined ? notGoverned(environment, id, entry.id) : presentDecision(decision);
  return { kind: 'explained', explanation };
}

/** `undefined` when the pointer does not exist, or cannot be read. */
async function readNamed(
  repo: ConfigRepo,
  { pointers }: Observation,
  environment: string,
): Promise<Pointer | undefined> {
  const entry = pointers.get(environment);
  if (entry === undefined || !isRegularFile(entry.mode)) return undefined;
  const text = await repo.text(entry.id, maxPointerBytes);
  const parsed = parsePointer(text, { file: `environments/${environment}.yaml` });
  return parsed.ok ? parsed.value : undefined;
}

function unknownRelease(environment: string, asked: string | undefined): StkError {
  const message =
    asked === undefined
      ? `The pointer of ${environment} names no release.`
      : `${JSON.stringify(asked)} is not a release id.`;
  return new StkError('unknown-release', message, {
    hint: 'stk release list shows every release.',
    details: { environment },
  });
}

function notGoverned(environment: string, release: string, digest: string): Explanation {
  const message = `${environment} has no gates.`;
  return {
    environment,
    release,
    digest,
    outcome: 'admitted',
    move: 'promotion',
    reason: 'NoGates',
    message,
    gates: [],
    again: null,
  };
}
