// Notifies targets of events. Each message goes to each target separately, in the background, so a slow target delays
// no other. An acknowledged message is stored as sent and not sent again. Other messages are retried for an hour.
//
//   queued → on the disk → sent → stored as sent; deleted after a day
//                        → failed → again after 1 s, 2 s, 4 s … → given up after an hour: kept for a retry
import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { asStkError } from '../kernel/errors.ts';
import { createLimiter, type Limiter } from '../kernel/limiter.ts';
import type { NotifySetting, NotifyWord } from '../model/pipeline/notify.ts';
import { formatMessage } from './format-message.ts';
import type { Message } from './message.ts';
import { keyOf, MessageStore, type StoredMessage, type MessageTarget } from './message-store.ts';
import { sendMessage, type SendOutcome } from './send-message.ts';

export interface NotifierOptions {
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly log: NotifierLog;
  /** The project in force. */
  project(): { readonly project: string; readonly notify: readonly NotifySetting[] };
  /** Value of an environment variable; `undefined` when it is not set, or commits may not name it. */
  secret(name: string): string | undefined;
}

export interface NotifierLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What `stk notify list` shows for a message that was not acknowledged. */
export interface Undelivered extends MessageTarget {
  readonly id: string;
  readonly word: string;
  readonly environment: string;
  readonly release: string;
  /** RFC 3339: when it was queued, or given up. */
  readonly since: string;
  readonly attempts: number;
  readonly problem: string | null;
}

const hour = 3_600_000;
const firstPause = 1_000;
const longestPause = 300_000;
/** How long an acknowledgement is remembered. Messages older than an hour are not queued. */
const remembered = 24 * hour;
/** The most messages that wait or were given up. Beyond it, the oldest that was given up is dropped. */
const mostKept = 1_000;

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #store: MessageStore;
  readonly #closing = new AbortController();
  readonly #limits = new Map<string, Limiter>();
  readonly #sending = new Map<string, Promise<void>>();
  #stored = new Map<string, StoredMessage>();
  #opened: Promise<void> | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#store = new MessageStore(join(options.stateDirectory, 'notify'));
  }

  /** Continues with what an earlier process left. Never rejects. */
  open(): Promise<void> {
    return (this.#opened ??= this.#load());
  }

  /** Queues it for every target that requests it. It is on disk when this resolves; never rejects. */
  async notify(message: Message): Promise<void> {
    await this.open();
    const { clock, project } = this.#options;
    if (clock.now() - message.at > hour) return;
    await this.#forget();
    for (const { urlFrom, as, on, environments } of project().notify) {
      if (!on.includes(message.word) || environments?.includes(message.environment) === false) continue;
      const target = { urlFrom, as };
      const key = keyOf(message, target);
      if (this.#stored.has(key)) continue;
      await this.#put(key, { ...target, message, state: 'waiting', since: clock.now(), attempts: 0 });
      this.#start(key);
    }
  }

  /** Whether a message of this kind was queued within the last day. */
  hasTold(word: NotifyWord, { environment, release }: Pick<Message, 'environment' | 'release'>): boolean {
    return [...this.#stored.values()].some(
      ({ message }) =>
        message.word === word && message.environment === environment && message.release === release,
    );
  }

  /** Messages that were not acknowledged. */
  list(): { readonly waiting: readonly Undelivered[]; readonly dead: readonly Undelivered[] } {
    const of = (state: StoredMessage['state']): Undelivered[] =>
      [...this.#stored.values()].filter((one) => one.state === state).map(present);
    return { waiting: of('waiting'), dead: of('dead') };
  }

  /** Queues again what was given up: one message, or all. Returns what it queued. */
  async retry(id: string | undefined): Promise<readonly Undelivered[]> {
    const again: Undelivered[] = [];
    for (const [key, one] of this.#stored) {
      if (one.state !== 'dead' || (id !== undefined && one.message.id !== id)) continue;
      const queued = { ...one, state: 'waiting', since: this.#options.clock.now(), attempts: 0 } as const;
      await this.#put(key, queued);
      again.push(present(queued));
      this.#start(key);
    }
    return again;
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending.values());
  }

  /** Messages that were not acknowledged stay on disk. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
  }

  async #load(): Promise<void> {
    const { log } = this.#options;
    try {
      const { stored, unread } = await this.#store.load();
      this.#stored = stored;
      if (unread.length > 0) log.warn({ files: unread }, 'stored notifications have another version');
    } catch (thrown) {
      log.error(
        { problem: asStkError(thrown).message },
        'the notifications from before the start cannot be read',
      );
    }
    await this.#forget();
    for (const [key, { state }] of this.#stored) if (state === 'waiting') this.#start(key);
  }

  #start(key: string): void {
    const sending = this.#deliver(key).finally(() => {
      if (this.#sending.get(key) === sending) this.#sending.delete(key);
    });
    this.#sending.set(key, sending);
  }

  async #deliver(key: string): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const one = this.#stored.get(key);
      if (one === undefined) return;
      // One at a time, so that a target gets its messages in order while it accepts them.
      const outcome = await this.#limitOf(one)(() => this.#attempt(one));
      if (signal.aborted && outcome?.kind !== 'sent') return;
      if (outcome === undefined) return this.#drop(key);
      const { message, urlFrom, since } = one;
      const now = clock.now();
      if (outcome.kind === 'sent') return this.#put(key, { ...one, state: 'sent', since: now });
      const { problem } = outcome;
      const attempts = one.attempts + 1;
      const { id, word, environment, release } = message;
      const fields = { environment, release, word, id, variable: urlFrom, problem };
      if (now >= since + hour) {
        log.error(fields, 'a notification was given up: stk notify list');
        return this.#put(key, { ...one, state: 'dead', since: now, attempts, problem });
      }
      if (attempts === 1) log.warn(fields, 'a notification was not delivered, and will be sent again');
      this.#stored.set(key, { ...one, attempts, problem });
      await clock.sleep(Math.min(this.#pause(attempts), since + hour - now), signal);
    }
  }

  /** `undefined` when stk.yaml does not name the target any more. */
  async #attempt({ message, urlFrom, as }: StoredMessage): Promise<SendOutcome | undefined> {
    const { project, secret } = this.#options;
    const { signal } = this.#closing;
    const { project: name, notify } = project();
    if (!notify.some((one) => one.urlFrom === urlFrom && one.as === as)) return undefined;
    if (signal.aborted) return { kind: 'failed', problem: 'the Hub is stopping' };
    const url = secret(urlFrom);
    return sendMessage(formatMessage(message, as, name), { url, variable: urlFrom, signal });
  }

  #pause(failures: number): number {
    const doubled = Math.min(firstPause * 2 ** (failures - 1), longestPause);
    return failures === 1 ? doubled : doubled * (0.8 + 0.4 * this.#options.clock.random());
  }

  #limitOf({ urlFrom, as }: MessageTarget): Limiter {
    const key = `${urlFrom} ${as}`;
    const limit = this.#limits.get(key) ?? createLimiter(1);
    this.#limits.set(key, limit);
    return limit;
  }

  /** A failing disk stops no message: it is sent anyway, and may be sent again after a restart. */
  async #put(key: string, stored: StoredMessage): Promise<void> {
    this.#stored.set(key, stored);
    await this.#onDisk(() => this.#store.write(key, stored));
  }

  async #drop(key: string): Promise<void> {
    this.#stored.delete(key);
    await this.#onDisk(() => this.#store.remove(key));
  }

  async #forget(): Promise<void> {
    const now = this.#options.clock.now();
    const dead: string[] = [];
    let kept = 0;
    for (const [key, { state, since }] of this.#stored) {
      if (state === 'sent' && now - since > remembered) await this.#drop(key);
      if (state === 'dead') dead.push(key);
      if (state !== 'sent') kept += 1;
    }
    for (const key of dead.slice(0, Math.max(0, kept - mostKept))) await this.#drop(key);
  }

  async #onDisk(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      this.#options.log.error({ problem }, 'the state of a notification could not be stored');
    }
  }
}

function present({ message, urlFrom, as, since, attempts, problem }: StoredMessage): Undelivered {
  const { id, word, environment, release } = message;
  const when = new Date(since).toISOString();
  return { id, word, environment, release, urlFrom, as, since: when, attempts, problem: problem ?? null };
}
