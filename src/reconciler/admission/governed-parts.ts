// The parts of the governed path, and what it passes to the code that acts on the same facts.
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Trust } from '../../ledger/trust/trust.ts';
import type { Notifier } from '../../notify/notifier.ts';
import type { CallTally } from '../../serving/call-tally.ts';
import type { DatabaseHandles } from '../database-handles.ts';
import type { EventRecord } from '../../model/pipeline/record.ts';
import type { Log } from '../log.ts';
import type { ActivationMemory } from '../state/activation-memory.ts';
import type { Fact } from '../status/facts.ts';
import type { UndoneMoves } from '../undo/undone-moves.ts';
import type { AdmissionPlace } from './admission-desk.ts';
import type { AskHub } from './ask-hub.ts';
import type { EventTeller } from './events/event-teller.ts';
import type { ServedHere } from './served-here.ts';
import type { WriterLocks } from './writer-locks.ts';

export interface GovernedPathOptions {
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly askHub: AskHub;
  readonly locks: WriterLocks;
  readonly trust: Trust;
  readonly undone: UndoneMoves;
  readonly handles: DatabaseHandles;
  readonly notifier: Notifier;
  readonly table: { readonly tally: CallTally };
  /** Value of an environment variable; `undefined` when it is not set, or commits may not name it. */
  readonly secret: (name: string) => string | undefined;
  /** What this Hub serves there; `null` when nothing yet. `undefined` when it does not serve the environment. */
  servedHere(environment: string): ServedHere | null | undefined;
  /** A fact has changed. */
  onFact(fact: Fact): void;
  /** An event is on disk, on its way to the records branch. Must not throw. */
  onEvent(event: EventRecord): void;
  /** One of the claims changed. */
  onChange(): void;
}

export interface GovernedParts {
  readonly place: AdmissionPlace;
  readonly repo: ConfigRepo;
  readonly teller: EventTeller;
  readonly activations: ActivationMemory;
  /** The pointer commit of the served release; `undefined` when unknown. */
  servedBy(environment: string): string | undefined;
  /** Whether this Hub sends the environment's events. */
  isWriter(environment: string): Promise<boolean>;
  /** Whether this Hub holds the environment's lock now, so that no other one can. */
  leads(environment: string): Promise<boolean>;
}
