// The sessions that serve calls of one server, role and schema: at most `limit`, each for reads or for writes. A call
// waits a limited time for one. A session that is lost or stuck is replaced.
import type { Clock } from '../../kernel/clock.ts';
import { asStkError } from '../../kernel/errors.ts';
import { isInternal } from '../session/refuse-call.ts';
import type { ExecuteOutcome, ExecuteRequest, PoolUse } from '../database.ts';
import type { SessionSettings } from './postgres-session.ts';
import { openPooledSession, type Mode, type PooledSession as Session } from './pooled-session.ts';
import { findChangedSettings } from './session-guard.ts';
import type { TypeRegistry } from '../wire/type-registry.ts';

interface Waiter {
  readonly mode: Mode;
  readonly deadline: number;
  readonly start: (session: Session) => void;
  readonly fail: (outcome: ExecuteOutcome) => void;
}

export interface PostgresPoolOptions {
  readonly settings: SessionSettings;
  readonly limit: number;
  readonly clock: Clock;
  readonly types: TypeRegistry;
  readonly description: string;
  readonly report?: ReportSession | undefined;
}

export type ReportSession = (about: SessionReport) => void;

export type SessionReport =
  /** A session was closed because a statement had changed its settings. */
  | { readonly kind: 'changed'; readonly database: string; readonly changed: readonly string[] }
  /** The login role is a superuser: reported once. */
  | { readonly kind: 'superuser'; readonly database: string };

/** How long a call waits for a session, and how many may wait. */
export const poolWaitMs = 2_000;
const mostWaiting = 1_000;
/** After statement_timeout, the server has this long to report it before the session counts as stuck. */
const graceMs = 5_000;
const sweepEveryMs = 100;
/** The settings of a permanently busy session are checked at least this often. */
const lookEveryMs = 1_000;

export class PostgresPool {
  readonly #options: PostgresPoolOptions;
  readonly #idle: Readonly<Record<Mode, Session[]>> = { read: [], write: [] };
  readonly #sessions = new Set<Session>();
  readonly #waiting: Waiter[] = [];
  readonly #stopping = new AbortController();
  #connecting = 0;
  #isRefused = false;
  #generation = 0;
  #sweeping = false;

  constructor(options: PostgresPoolOptions) {
    this.#options = options;
  }

  execute(request: ExecuteRequest): Promise<ExecuteOutcome> {
    return new Promise((resolve) => {
      this.#acquire(
        request.statement.mode,
        (session) => {
          session.runner.run(request, (outcome) => {
            if (session.runner.isRefusedEarly) {
              resolve(this.#explain(session, request, outcome));
              return;
            }
            if (outcome.kind === 'sql-error' && isInternal(outcome.error)) this.#replace(session);
            else this.#release(session);
            resolve(outcome);
          });
        },
        resolve,
      );
    });
  }

  /** The last session that a call needed could not be opened. Answers of open sessions do not show that. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Another user of the server opened a session. */
  noteAccepted(): void {
    this.#isRefused = false;
  }

  use(): PoolUse {
    const idle = this.#idle.read.length + this.#idle.write.length;
    const busy = this.#sessions.size - idle;
    const [connecting, waiting] = [this.#connecting, this.#waiting.length];
    return { busy, idle, connecting, waiting, limit: this.#options.limit };
  }

  recycle(): void {
    this.#generation += 1;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    for (const waiter of this.#waiting.splice(0)) waiter.fail(this.#refuse('is closed', false));
    const idle = [...this.#idle.read.splice(0), ...this.#idle.write.splice(0)];
    for (const session of this.#sessions) {
      if (!idle.includes(session)) session.link.destroy('the database is being closed');
    }
    this.#sessions.clear();
    await Promise.allSettled(idle.map(({ link }) => link.end()));
  }

  #acquire(mode: Mode, start: Waiter['start'], fail: Waiter['fail']): void {
    if (this.#stopping.signal.aborted) return fail(this.#refuse('is closed', false));
    const idle = this.#idle[mode].pop();
    if (idle !== undefined) return this.#use(idle, start);
    if (this.#makeRoom(mode)) return this.#connect(mode, start, fail);
    if (this.#waiting.length >= mostWaiting) {
      return fail(this.#refuse(`is busy: ${mostWaiting} calls wait for a session already`, true));
    }
    this.#waiting.push({ mode, start, fail, deadline: this.#options.clock.now() + poolWaitMs });
    this.#sweep();
  }

  #use(session: Session, start: Waiter['start']): void {
    session.busySince = this.#options.clock.now();
    this.#sweep();
    if (session.generation !== this.#generation) {
      session.generation = this.#generation;
      session.runner.forget();
    }
    start(session);
  }

  /** Whether one more session fits; an idle one of the other mode makes room. */
  #makeRoom(mode: Mode): boolean {
    if (this.#sessions.size + this.#connecting < this.#options.limit) return true;
    const other = this.#idle[mode === 'read' ? 'write' : 'read'].pop();
    if (other === undefined) return false;
    this.#retire(other);
    return true;
  }

  #retire(session: Session): void {
    this.#sessions.delete(session);
    session.link.end().catch((error: unknown) => session.link.destroy(asStkError(error).message));
  }

  /** Functions in PL/pgSQL keep dropped types until their session ends. */
  #replace(session: Session): void {
    this.#retire(session);
    this.#serveNext();
  }

  #connect(mode: Mode, start: Waiter['start'], fail: Waiter['fail']): void {
    this.#connecting += 1;
    openPooledSession(this.#options, mode, (session) => this.#forget(session)).then(
      (session) => {
        this.#connecting -= 1;
        this.#isRefused = false;
        if (this.#stopping.signal.aborted) {
          this.#retire(session);
          fail(this.#refuse('is closed', false));
          return;
        }
        session.generation = this.#generation;
        this.#sessions.add(session);
        this.#sweep();
        this.#use(session, start);
      },
      (error: unknown) => {
        this.#connecting -= 1;
        this.#isRefused = true;
        fail({ kind: 'unavailable', message: asStkError(error).message, busy: false });
        this.#serveNext();
      },
    );
  }

  #forget(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    const at = this.#idle[session.mode].indexOf(session);
    if (at >= 0) this.#idle[session.mode].splice(at, 1);
    this.#serveNext();
  }

  #release(session: Session): void {
    const now = this.#options.clock.now();
    session.usedUntil = now;
    if (now - session.lookedAt >= lookEveryMs) this.#lookAt(session, now);
    else this.#offer(session);
  }

  /** Gives it to the next waiting call, or keeps it for later ones. */
  #offer(session: Session): void {
    session.busySince = undefined;
    if (!this.#sessions.has(session)) return;
    if (session.link.isGone) return this.#forget(session);
    const at = this.#waiting.findIndex(({ mode }) => mode === session.mode);
    const [head] = this.#waiting;
    if (head !== undefined && head.mode !== session.mode && (at < 0 || !this.#serves(head.mode))) {
      this.#retire(session);
      this.#waiting.shift();
      this.#connect(head.mode, head.start, head.fail);
      return;
    }
    const next = at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
    if (next === undefined) this.#idle[session.mode].push(session);
    else this.#use(session, next.start);
  }

  /** Those that have been idle for a while since their last call. */
  #lookAtIdle(now: number): void {
    for (const idle of Object.values(this.#idle))
      for (const session of idle.filter(({ usedUntil = now }) => now - usedUntil >= sweepEveryMs)) {
        idle.splice(idle.indexOf(session), 1);
        this.#lookAt(session, now);
      }
  }

  #lookAt(session: Session, now: number): void {
    session.busySince = now;
    session.usedUntil = undefined;
    session.lookedAt = now;
    this.#look(session).catch((error: unknown) => session.link.destroy(asStkError(error).message));
  }

  /** Whether a statement changed settings that later calls need: then the session is closed, else it is returned. */
  async #look(session: Session): Promise<boolean> {
    const { description, report } = this.#options;
    const changed = await findChangedSettings(session.link, session.settings);
    if (changed.length > 0) {
      session.link.destroy('a statement changed the settings of the session');
      report?.({ kind: 'changed', database: description, changed });
    } else this.#offer(session);
    return changed.length > 0;
  }

  /** For a call that did nothing: if its session had lost its settings, another one runs it. */
  async #explain(
    session: Session,
    request: ExecuteRequest,
    outcome: ExecuteOutcome,
  ): Promise<ExecuteOutcome> {
    try {
      return (await this.#look(session)) ? await this.execute(request) : outcome;
    } catch (error) {
      session.link.destroy(asStkError(error).message);
      return outcome;
    }
  }

  #serves(mode: Mode): boolean {
    for (const session of this.#sessions) if (session.mode === mode) return true;
    return false;
  }

  #serveNext(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#acquire(next.mode, next.start, next.fail);
  }

  #sweep(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#sweepWhileNeeded().catch((error: unknown) => {
      throw error;
    });
  }

  /** One timer for all time limits, which runs only while something can exceed one. */
  async #sweepWhileNeeded(): Promise<void> {
    const { clock, settings } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(sweepEveryMs, signal);
      const now = clock.now();
      while (this.#waiting[0] !== undefined && this.#waiting[0].deadline <= now) {
        this.#waiting
          .shift()
          ?.fail(this.#refuse(`is busy: no session became free in ${poolWaitMs} ms`, true));
      }
      let busy = 0;
      for (const session of Array.from(this.#sessions)) {
        if (session.busySince === undefined) continue;
        busy += 1;
        if (now - session.busySince > settings.statement + settings.lock + graceMs) {
          session.link.destroy('the database did not answer in time');
        }
      }
      this.#lookAtIdle(now);
      const isIdle = [...this.#sessions].every(({ usedUntil }) => usedUntil === undefined);
      if (busy === 0 && this.#waiting.length === 0 && isIdle) break;
    }
    this.#sweeping = false;
  }

  #refuse(why: string, busy: boolean): ExecuteOutcome {
    return { kind: 'unavailable', message: `The ${this.#options.description} ${why}.`, busy };
  }
}
