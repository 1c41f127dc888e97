// The followed branch's facts about a pointer's move: who wrote its keys, whether a person made it, and whether the
// same commit changed the policy.
import type { Content, MoveFacts } from '../../../gates/admission/admission-facts.ts';
import type { CommitInfo } from '../../../git/config-repo.ts';
import type { PointerMove } from '../../../ledger/intent/pointer-history.ts';
import type { Ledger, LedgerPlace } from '../../../ledger/ledger.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';
import type { Pointer } from '../../../model/pointer.ts';

export interface MoveFactsRequest {
  readonly ledger: Ledger;
  readonly place: LedgerPlace;
  readonly pipeline: Pipeline;
  readonly pointer: Pointer;
  /** The desired content. */
  readonly content: Content;
}

/** The author of automatic promotions, in the trailer `Stk-Actor` of their commits. */
export const autoActor = 'hub/auto';

/** A pointer commit, and its author. */
export interface MovingCommit {
  readonly revision: string;
  /** The author's mail, or the subject of the caller for whom the Hub committed. */
  readonly actor: string;
}

/** Throws git's errors. */
export async function readMoveFacts(request: MoveFactsRequest): Promise<MoveFacts> {
  const { ledger, place, pipeline, pointer, content } = request;
  const { revision, environment } = place;
  const { hotfix } = pointer;
  const [newest, trust, hotfixWriter, override] = await Promise.all([
    ledger.governance.newestMove(revision, environment),
    ledger.judgePointer(place, content, pipeline),
    hotfix === undefined ? null : ledger.pointers.writerOf(revision, environment, 'hotfix'),
    readOverride(request),
  ]);
  const isPolicyChange = newest !== null && newest.isGoverned && newest.policyFiles.length > 0;
  return {
    trust,
    isAutomatic: newest !== null && isAutomatic(newest.move.commit, pipeline),
    hold: pointer.hold,
    hotfix: hotfix && hotfixWriter ? { ...hotfix, commit: hotfixWriter.revision } : undefined,
    override,
    policyChange: isPolicyChange
      ? { commit: newest.move.commit.revision, files: newest.policyFiles }
      : undefined,
  };
}

/** The pointer's key `override`, with the author of the commit that wrote it. Throws what git throws. */
export async function readOverride({
  ledger,
  place: { revision, environment },
  pipeline,
  pointer: { override },
}: Omit<MoveFactsRequest, 'content'>): Promise<MoveFacts['override']> {
  if (override === undefined) return undefined;
  const writer = await ledger.pointers.writerOf(revision, environment, 'override');
  return writer === null ? undefined : { ...override, by: actorOf(writer, pipeline) };
}

/** A planned move: nothing is written yet. */
export function movePlanned(): MoveFacts {
  return {
    // Its author is judged once the commit exists.
    trust: { counts: true },
    isAutomatic: false,
    hold: undefined,
    hotfix: undefined,
    override: undefined,
    policyChange: undefined,
  };
}

/** The newest commit that changed the pointer's release, hotfix or override; `null` when none did. */
export async function readPointerCommit(
  ledger: Ledger,
  { revision, environment }: LedgerPlace,
  pipeline: Pipeline,
): Promise<MovingCommit | null> {
  let found: PointerMove | undefined;
  for await (const move of ledger.pointers.walk(revision, environment)) {
    if (found !== undefined && !isSameMove(found, move)) break;
    found = move;
    // A comment or a hold is not a move.
    if (move.changesRelease) break;
  }
  if (found === undefined) return null;
  const { commit } = found;
  return { revision: commit.revision, actor: actorOf(commit, pipeline) };
}

function isSameMove(a: PointerMove, b: PointerMove): boolean {
  const keys = ({ digest, pointer }: PointerMove): string =>
    JSON.stringify([digest, pointer?.hotfix, pointer?.override]);
  return keys(a) === keys(b);
}

function isHub({ mail }: CommitInfo, { trust }: Pipeline): boolean {
  return trust.hub.some((identity) => identity.toLowerCase() === mail.toLowerCase());
}

/** Why the Hub made the move automatically; `undefined` when a person requested it. */
export function causeOf(commit: CommitInfo, pipeline: Pipeline): string | undefined {
  return isHub(commit, pipeline) ? commit.trailers.get('Stk-Cause') : undefined;
}

function isAutomatic(commit: CommitInfo, pipeline: Pipeline): boolean {
  if (causeOf(commit, pipeline) !== undefined) return true;
  return isHub(commit, pipeline) && commit.trailers.get('Stk-Actor') === autoActor;
}

function actorOf(commit: CommitInfo, pipeline: Pipeline): string {
  const subject = isHub(commit, pipeline) ? commit.trailers.get('Stk-Actor') : undefined;
  return subject ?? commit.mail;
}
