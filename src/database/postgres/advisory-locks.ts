// Advisory locks of this process: one session for each server and login holds all that it has there, so that they are gone
// when the process is. Behind a pooler they need its session mode.
import { exchange } from '../wire/exchange.ts';
import { connectSession, type PostgresSession } from './postgres-session.ts';

interface Holder {
  readonly session: Promise<PostgresSession>;
  readonly held: Set<bigint>;
  turn: Promise<unknown>;
}

const timeout = 5_000;

export class AdvisoryLocks {
  readonly #holders = new Map<string, Holder>();
  #isClosed = false;

  /** Whether this process holds `key` there; takes it if nobody does. Rejects with `database-unavailable`. */
  async isHeld(url: string, key: bigint): Promise<boolean> {
    if (this.#isClosed) return false;
    const holder = this.#holders.get(url) ?? this.#open(url);
    if (holder.held.has(key)) return true;
    const taken = holder.turn.then(() => take(holder, key));
    // The next one is asked all the same; whoever asked for this one is told.
    holder.turn = taken.catch(() => undefined);
    return taken;
  }

  /** Gives all of them up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const holders = [...this.#holders.values()];
    this.#holders.clear();
    for (const { session } of holders) {
      const opened = await session.catch(() => undefined);
      await opened?.link.end();
    }
  }

  #open(url: string): Holder {
    const forget = (): void => {
      if (this.#holders.get(url) === holder) this.#holders.delete(url);
      holder.held.clear();
    };
    const settings = { url, schema: 'public', role: undefined, statement: timeout, lock: timeout };
    const session = connectSession(settings, 'write', forget);
    session.catch(forget);
    const holder: Holder = { session, held: new Set(), turn: Promise.resolve() };
    this.#holders.set(url, holder);
    return holder;
  }
}

async function take({ session, held }: Holder, key: bigint): Promise<boolean> {
  if (held.has(key)) return true;
  const { link, writer } = await session;
  const reply = await exchange(link, writer.query(`select pg_try_advisory_lock(${key})`).take());
  if (reply.rows.at(-1)?.[0] !== 't') return false;
  held.add(key);
  return true;
}
