// Advisory locks of this process: one session for each server and login holds all its locks there, so that they end
// with the process. Behind a pooler this needs session mode.
//
// The session is used every 5 s. Its server ends it after 15 s without use, or without an answer of this machine. So a
// process that is stopped or cut off loses its locks. A lock counts as held for 10 s after the last answered use; then
// the server is asked first. So this process never relies on a lock that another one may have.
import type { Clock } from '../../kernel/clock.ts';
import { exchange } from '../wire/exchange.ts';
import { connectSession, type PostgresSession } from './postgres-session.ts';

interface Holder {
  readonly session: Promise<PostgresSession>;
  readonly held: Set<bigint>;
  turn: Promise<unknown>;
  /** When the last answered use began, by a monotonic clock. */
  provenAt: number;
}

const timeout = 5_000;
const useEvery = 5_000;
const believedFor = 10_000;
const lostAfter = 15_000;
/** In the server's units: milliseconds, and seconds for keepalives. */
const leaseSql = [
  `set idle_session_timeout = ${lostAfter}`,
  `set tcp_user_timeout = ${lostAfter}`,
  'set tcp_keepalives_idle = 5',
  'set tcp_keepalives_interval = 5',
  'set tcp_keepalives_count = 2',
].join(';');

export interface AdvisoryLocksOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Milliseconds of a monotonic clock; default: this process's. */
  readonly monotonic?: () => number;
}

export class AdvisoryLocks {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #monotonic: () => number;
  readonly #holders = new Map<string, Holder>();
  readonly #stopping = new AbortController();

  constructor({ clock, monotonic = () => performance.now() }: AdvisoryLocksOptions) {
    this.#clock = clock;
    this.#monotonic = monotonic;
  }

  /** Whether this process holds `key` there; takes it if it is free. Rejects with `database-unavailable`. */
  async isHeld(url: string, key: bigint): Promise<boolean> {
    if (this.#stopping.signal.aborted) return false;
    const known = this.#holders.get(url);
    if (known === undefined) return this.#isHeldBy(this.#open(url), key);
    try {
      return await this.#isHeldBy(known, key);
    } catch {
      // Replaces a session that was lost since its last use at once; throws the reason if no new one opens.
      return await this.#isHeldBy(this.#holders.get(url) ?? this.#open(url), key);
    }
  }

  async #isHeldBy(holder: Holder, key: bigint): Promise<boolean> {
    if (holder.held.has(key) && this.#isProven(holder)) return true;
    const taken = holder.turn.then(() => this.#take(holder, key));
    // The next request runs anyway; the caller of this one gets the error.
    holder.turn = taken.catch(() => undefined);
    return taken;
  }

  /** Releases all of them. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const holders = [...this.#holders.values()];
    this.#holders.clear();
    for (const { session } of holders) {
      const opened = await session.catch(() => undefined);
      await opened?.link.end();
    }
  }

  #isProven({ provenAt }: Holder): boolean {
    return this.#monotonic() - provenAt < believedFor;
  }

  #open(url: string): Holder {
    const forget = (): void => {
      if (this.#holders.get(url) === holder) this.#holders.delete(url);
      holder.held.clear();
    };
    const settings = { url, schema: 'public', role: undefined, statement: timeout, lock: timeout };
    const session = connectSession(settings, 'write', forget);
    session.catch(forget);
    const holder: Holder = { session, held: new Set(), turn: Promise.resolve(), provenAt: -Infinity };
    holder.turn = this.#ask(holder, leaseSql).catch(forget);
    this.#holders.set(url, holder);
    void this.#keepInUse(url, holder);
    return holder;
  }

  async #keepInUse(url: string, holder: Holder): Promise<void> {
    const { signal } = this.#stopping;
    const opened = await holder.session.catch(() => undefined);
    if (opened === undefined) return;
    for (;;) {
      await this.#clock.sleep(useEvery, signal);
      if (signal.aborted || this.#holders.get(url) !== holder) return;
      // Destroys a session that does not answer, which also removes it.
      holder.turn = holder.turn.then(() => this.#ask(holder, 'select 1')).catch(() => undefined);
      await holder.turn;
    }
  }

  async #take(holder: Holder, key: bigint): Promise<boolean> {
    if (holder.held.has(key)) {
      if (this.#isProven(holder)) return true;
      await this.#ask(holder, 'select 1');
      return holder.held.has(key);
    }
    const taken = await this.#ask(holder, `select pg_try_advisory_lock(${key})`);
    if (taken !== 't') return false;
    holder.held.add(key);
    return true;
  }

  /** The first value of the last row. After the time limit, the session counts as dead. */
  async #ask(holder: Holder, sql: string): Promise<string | null | undefined> {
    const { link, writer } = await holder.session;
    const answered = new AbortController();
    void this.#clock.sleep(timeout, answered.signal).then(() => {
      if (!answered.signal.aborted) link.destroy(`it did not answer within ${timeout} ms`);
    });
    const askedAt = this.#monotonic();
    try {
      const reply = await exchange(link, writer.query(sql).take());
      holder.provenAt = askedAt;
      return reply.rows.at(-1)?.[0];
    } finally {
      answered.abort();
    }
  }
}
