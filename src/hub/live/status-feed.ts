// The Hub's live messages: the status of an environment, its gates and its canary when they change, and each event.
// Without listeners nothing is compared; the next listener gets what changed meanwhile.
import { createLetCallsIn } from '../../kernel/let-calls-in.ts';
import { presentRecord } from '../../documents/record/present-record.ts';
import type { EventRecord } from '../../model/pipeline/record.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import { presentCanary } from '../../reconciler/canary/present-canary.ts';
import type { EventFeed, Listening } from './event-feed.ts';

/** Live messages: who listens, and what to send. */
export interface Live {
  readonly feed: EventFeed;
  readonly statuses: StatusFeed;
}

interface Shown {
  readonly status: string;
  readonly gates: string | undefined;
  /** `undefined` when the environment is not a canary. */
  readonly canary: string | undefined;
}

export class StatusFeed {
  readonly #state: HubState;
  readonly #feed: EventFeed;
  readonly #shown = new Map<string, Shown>();
  readonly #changed = new Set<string>();
  readonly #unwatch: () => void;
  #isAllChanged = true;
  #isFactChanged = false;
  #comparing: Promise<void> | undefined;

  constructor(state: HubState, feed: EventFeed) {
    this.#state = state;
    this.#feed = feed;
    this.#unwatch = state.watch({
      changed: (environment) => this.#note(environment),
      factChanged: () => {
        this.#isFactChanged = true;
        this.#note(undefined);
      },
      told: (event) => this.#tell(event),
    });
  }

  /** The status of every environment, or of one, and then the state of each canary, as JSON; publishes changes first. */
  async current(environment: string | undefined): Promise<Listening['opening']> {
    await this.#catchUp();
    const names = environment === undefined ? this.#state.environments() : [environment];
    const shown = names.flatMap((name) => this.#shown.get(name) ?? []);
    return [
      ...shown.map(({ status }) => ({ event: 'status' as const, data: status })),
      ...shown.flatMap(({ canary }) =>
        canary === undefined ? [] : [{ event: 'canary' as const, data: canary }],
      ),
    ];
  }

  /** Publishes changes from the time without listeners. */
  refresh(): void {
    void this.#catchUp();
  }

  close(): void {
    this.#unwatch();
  }

  #tell(event: EventRecord): void {
    this.#feed.publish('event', event.environment, JSON.stringify(presentRecord(event)));
  }

  #note(environment: string | undefined): void {
    if (environment === undefined) this.#isAllChanged = true;
    else this.#changed.add(environment);
    if (this.#feed.size > 0) void this.#catchUp();
  }

  #catchUp(): Promise<void> {
    this.#comparing ??= this.#compare().finally(() => {
      this.#comparing = undefined;
      // A change that came as the last round ended.
      const goesOn = this.#isAllChanged || this.#changed.size > 0;
      if (goesOn && this.#feed.size > 0) void this.#catchUp();
    });
    return this.#comparing;
  }

  async #compare(): Promise<void> {
    // After the current changes are complete: a burst of changes is compared once.
    await new Promise((resolve) => setImmediate(resolve));
    const letCallsIn = createLetCallsIn();
    while (this.#isAllChanged || this.#changed.size > 0) {
      const names = this.#isAllChanged ? this.#state.environments() : [...this.#changed];
      const isFactChanged = this.#isFactChanged;
      this.#isAllChanged = false;
      this.#isFactChanged = false;
      this.#changed.clear();
      for (const name of names) {
        this.#compareOne(name, isFactChanged);
        await letCallsIn();
      }
    }
  }

  /** `isFactChanged`: a fact that gates use changed, so their answer about a planned move may change. */
  #compareOne(environment: string, isFactChanged: boolean): void {
    const status = this.#state.status(environment);
    if (status === undefined) return;
    const before = this.#shown.get(environment);
    const { admission } = status;
    const view = this.#state.canaries.view(environment);
    const shown = {
      status: JSON.stringify(status),
      gates: admission === undefined ? undefined : JSON.stringify(admission),
      canary: view === undefined ? undefined : JSON.stringify(presentCanary(view)),
    };
    this.#shown.set(environment, shown);
    if (shown.status !== before?.status) this.#feed.publish('status', environment, shown.status);
    if (shown.gates !== undefined && (isFactChanged || shown.gates !== before?.gates))
      this.#feed.publish('gates', environment, shown.gates);
    if (shown.canary !== undefined && shown.canary !== before?.canary)
      this.#feed.publish('canary', environment, shown.canary);
  }
}
