// The open debt of the hotfix that an environment serves: its event names the gates, and each is evaluated again as on
// the normal path.
import type { Content } from '../../gates/admission/admission-facts.ts';
import { computeDebt } from '../../gates/admission/hotfix-debt.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';
import type { EventDebt, EventRecord, LedgerRecord } from '../../model/pipeline/record.ts';
import type { Release } from '../../model/release.ts';
import type { ActivationMemory } from '../state/activation-memory.ts';
import type { AdmissionDesk, AdmissionPlace } from './admission-desk.ts';

export interface HotfixDebt extends EventDebt {
  /** The command that helps. */
  readonly help: string | null;
}

export interface DebtRequest {
  readonly desk: AdmissionDesk;
  readonly memory: ActivationMemory;
  readonly place: AdmissionPlace;
  /** Events of this Hub that are not on the records branch yet. */
  readonly pending: readonly LedgerRecord[];
  readonly now: number;
}

export interface ServedContent {
  readonly environment: string;
  readonly release: Release;
  /** Git blob id of its file. */
  readonly digest: string;
}

/** Throws git's errors. */
export async function readDebt(
  { desk, memory, place, pending, now }: DebtRequest,
  served: ServedContent,
): Promise<readonly HotfixDebt[]> {
  const { environment, digest } = served;
  const content = { release: served.release.release, digest };
  const activations = memory.of(environment);
  const own = activations.filter((one) => isSame(one, content));
  // A Hub that remembers how it was activated need not ask.
  if (own.length > 0 && own.every((one) => one.class !== 'hotfix')) return [];
  const { pipeline } = place.project;
  const told = await place.ledger.eventsOf(content, countingRules(pipeline, now));
  const events = [
    ...told.map(({ record }) => record),
    ...pending.filter((one): one is EventRecord => one.record === 'event' && isSame(one, content)),
  ].filter((one) => one.environment === environment && one.event === 'admitted');
  const skipped = events.findLast(({ debt }) => debt !== undefined)?.debt ?? [];
  const [first] = skipped;
  if (first === undefined) return [];
  const before =
    activations
      .slice(
        0,
        activations.findIndex((one) => isSame(one, content)),
      )
      .at(-1) ?? null;
  const gates = await desk.evaluate(place, served, before);
  const names = skipped.map(({ gate }) => gate);
  const { closeWithin } = pipeline.hotfix;
  const open = computeDebt({ skipped: names, gates, since: first.since, closeWithin, now });
  return open.map((one) => ({ ...one, help: gates.find(({ name }) => name === one.gate)?.help ?? null }));
}

function isSame(a: Content, b: Content): boolean {
  return a.release === b.release && a.digest === b.digest;
}
