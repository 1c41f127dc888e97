// Everything that an environment served, in order: from this Hub's own memory, from the counting events, and from the
// pointer's history, which shows their order and what automation undid.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { PointerHistory, PointerMove } from '../../ledger/intent/pointer-history.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { CountingRules } from '../../ledger/records/judge-record.ts';
import type { EventRecord } from '../../model/pipeline/record.ts';
import type { PiledRelease } from '../../promotion/activation-pile.ts';
import type { Log } from '../log.ts';
import type { Remembered } from '../state/activation-memory.ts';
import { undoCauses, type UndoneMoves } from './undone-moves.ts';

export interface PastRequest {
  readonly repo: ConfigRepo;
  readonly pointers: PointerHistory;
  readonly environment: string;
  /** Commit of the followed branch. */
  readonly revision: string;
  readonly remembered: readonly Remembered[];
  readonly undone: UndoneMoves;
  /** `undefined` when the project writes no records. */
  readonly records: { readonly ledger: Ledger; readonly rules: CountingRules } | undefined;
  readonly log: Log;
}

/** The most pointer commits that are searched. */
const mostMoves = 1_000;
const undoing = new Map<EventRecord['event'], string>([
  ['smoke-failed', 'smoke'],
  ['canary-failed', 'canary'],
]);

/** The oldest first. */
export async function listActivations(request: PastRequest): Promise<readonly PiledRelease[]> {
  const { pointers, environment, revision, remembered, records } = request;
  const moves: PointerMove[] = [];
  for await (const move of pointers.walk(revision, environment)) if (moves.push(move) === mostMoves) break;
  const eventsOf = readEventsOnce(request);
  const known: (PiledRelease | undefined)[] = [];
  for (const [i, move] of moves.entries()) known.push(await findActivation(move, i));
  const oldest = known.findLastIndex((one) => one !== undefined);
  // Before the first memory, and without gates: what the pointer named was served, as far as is known.
  const older = records === undefined ? moves.slice(oldest + 1) : [];
  const walked = new Set(moves.map(({ commit }) => commit.revision));
  const beside = remembered.filter((one) => !walked.has(one.revision)).map((one) => fromMemory(request, one));
  const inHistory = [...known.flatMap((one) => one ?? []), ...older.flatMap(assume)];
  return [...beside, ...inHistory.toReversed()];

  async function findActivation(
    { commit, release, digest }: PointerMove,
    i: number,
  ): Promise<PiledRelease | undefined> {
    if (release === null || digest === null) return undefined;
    const own = remembered.find((one) => one.revision === commit.revision && one.digest === digest);
    const events = await eventsOf(release, digest, commit.revision);
    const told = own ?? events.find(({ event }) => event === 'activated');
    if (told === undefined) return undefined;
    const undoneBy =
      request.undone.find(environment, commit.revision)?.cause ??
      events.map(({ event }) => undoing.get(event)).find((cause) => cause !== undefined) ??
      takenAwayBy(moves, i);
    const { at, class: kind } = told;
    return { release, digest, revision: commit.revision, at, isRollback: kind === 'rollback', undoneBy };
  }
}

/** What moved the pointer away from this content, if automation did. */
function takenAwayBy(moves: readonly PointerMove[], i: number): string | null {
  const away = moves.slice(0, i).findLast(({ digest }) => digest !== moves[i]?.digest);
  const cause = away?.commit.trailers.get('Stk-Cause') ?? '';
  return undoCauses.some((one) => one === cause) ? cause : null;
}

function assume(
  { commit, release, digest }: PointerMove,
  i: number,
  all: readonly PointerMove[],
): PiledRelease[] {
  if (release === null || digest === null) return [];
  const { revision, trailers } = commit;
  const isRollback = trailers.get('Stk-Action') === 'rollback';
  const at = Date.parse(commit.at);
  return [{ release, digest, revision, at, isRollback, undoneBy: takenAwayBy(all, i) }];
}

function fromMemory({ undone, environment }: PastRequest, one: Remembered): PiledRelease {
  const { release, digest, revision, at } = one;
  const undoneBy = undone.find(environment, revision)?.cause ?? null;
  return { release, digest, revision, at, isRollback: one.class === 'rollback', undoneBy };
}

/** Events of one pointer commit; the records of a release are read once. Unreadable records are ignored. */
function readEventsOnce({ records, environment, log }: PastRequest) {
  const read = new Map<string, Promise<readonly EventRecord[]>>();
  const readAll = async (release: string, digest: string): Promise<readonly EventRecord[]> => {
    if (records === undefined) return [];
    try {
      const events = await records.ledger.eventsOf({ release, digest }, records.rules);
      return events.map(({ record }) => record).filter((event) => event.environment === environment);
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      log.warn({ environment, release, problem }, 'the records of a release cannot be read');
      return [];
    }
  };
  return async (release: string, digest: string, revision: string): Promise<readonly EventRecord[]> => {
    const reading = read.get(digest) ?? readAll(release, digest);
    read.set(digest, reading);
    return (await reading).filter((event) => event.revision === revision);
  };
}
