// The facts for a decision about one backport, from git, the records and what this Hub serves.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';
import type { EventRecord, EventWord } from '../../model/pipeline/record.ts';
import { refuseUnsigned } from '../../promotion/hub-signature.ts';
import { readPointerAt, type PointerState } from '../../promotion/pointer-state.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { ServedHere } from '../admission/served-here.ts';
import type { Remembered } from '../state/activation-memory.ts';
import type { BackportFacts } from './decide-backport.ts';

export interface BackportQuestion {
  readonly parts: GovernedParts;
  readonly clock: Clock;
  readonly from: string;
  readonly target: string;
  /** The move of `from` that activated what it serves. */
  readonly activation: Remembered;
  servedHere(environment: string): ServedHere | null | undefined;
}

/** How long to wait for the end of smoke tests, because a killed Hub never notes it. Milliseconds. */
const smokeWithin = 600_000;

export interface GatheredBackport {
  readonly facts: BackportFacts;
  /** Of the target, at the revision that this Hub has read. */
  readonly pointer: PointerState;
}

/** Throws git's errors. */
export async function gatherBackport(question: BackportQuestion): Promise<GatheredBackport> {
  const { parts, clock, from, target, activation, servedHere } = question;
  const { repo, place } = parts;
  const { revision, project, ledger } = place;
  const { release, at } = activation;
  const pointer = await readPointerAt(repo, target, revision);
  const named = [...new Set([pointer.release, servedHere(target)?.release].filter((id) => id !== undefined))];
  const veto = await ledger.veto(revision, release);
  const { smoke } = activation;
  const facts: BackportFacts = {
    from,
    target,
    release,
    smoke: smoke === undefined && clock.now() - at > smokeWithin ? 'none' : smoke,
    named,
    newer: await findNewer(repo, revision, { release, named }),
    veto: veto?.reason,
    unsigned: refuseUnsigned({ repo, project: () => project }, target)?.message,
    ...(await readPast(question)),
  };
  return { facts, pointer };
}

async function findNewer(
  repo: ConfigRepo,
  revision: string,
  { release, named }: { readonly release: string; readonly named: readonly string[] },
): Promise<string | undefined> {
  const added = await repo.releaseCommits(revision);
  const mine = added.get(release)?.revision;
  for (const other of named) {
    const its = added.get(other)?.revision;
    // A release whose file is gone cannot be compared.
    if (mine === undefined || its === undefined || mine === its) continue;
    if (await repo.isAncestor(mine, its)) return other;
  }
  return undefined;
}

/** From the events, including those on their way to the branch. `wasProposed` is undefined when unknown now. */
async function readPast({
  parts,
  clock,
  from,
  target,
  activation,
}: BackportQuestion): Promise<Pick<BackportFacts, 'class' | 'wasProposed'>> {
  const { place, teller, activations } = parts;
  const { release, digest, revision } = activation;
  // After a restart, the same move is activated again, and counts as a return to what ran before.
  const first = activations.of(from).find((one) => one.revision === revision) ?? activation;
  // Nothing is proposed while it is unknown whether it was proposed before.
  if (place.ledger.records.state?.integrity.kind !== 'intact')
    return { class: first.class, wasProposed: undefined };
  const rules = countingRules(place.project.pipeline, clock.now());
  const written = await place.ledger.eventsOf({ release, digest }, rules);
  const events = [...written.map(({ record }) => record), ...teller.pending].filter(
    (record): record is EventRecord => record.record === 'event' && record.digest === digest,
  );
  const told = (event: EventWord, environment: string) =>
    events.filter((one) => one.event === event && one.environment === environment);
  const moved = told('activated', from).find((one) => one.revision === revision);
  return { class: moved?.class ?? first.class, wasProposed: told('proposed', target).length > 0 };
}
