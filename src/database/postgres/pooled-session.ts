// One session of the pool: connects it, and stores what the pool needs to know about it.
import type { Clock } from '../../kernel/clock.ts';
import { CallRunner } from '../session/call-runner.ts';
import type { TypeRegistry } from '../wire/type-registry.ts';
import type { PostgresLink } from './postgres-link.ts';
import { connectSession, type SessionSettings } from './postgres-session.ts';
import { guardedClaimsSql } from './session-guard.ts';

export type Mode = 'read' | 'write';

export interface PooledSession {
  readonly mode: Mode;
  readonly link: PostgresLink;
  readonly runner: CallRunner;
  /** At its start. */
  readonly settings: string;
  generation: number;
  /** When its call started; `undefined` when idle. */
  busySince: number | undefined;
  /** When its last call ended; `undefined` when its settings were checked since. */
  usedUntil: number | undefined;
  lookedAt: number;
}

export interface PooledSessionOptions {
  readonly settings: SessionSettings;
  readonly types: TypeRegistry;
  readonly clock: Clock;
}

/** `onGone`: called once when the session ends for any reason. Throws as connectSession does. */
export async function openPooledSession(
  { settings, types, clock }: PooledSessionOptions,
  mode: Mode,
  onGone: (session: PooledSession) => void,
): Promise<PooledSession> {
  let opened: PooledSession | undefined;
  const gone = (): void => {
    if (opened !== undefined) onGone(opened);
  };
  const { link, writer, settings: own } = await connectSession(settings, mode, gone);
  const runner = new CallRunner({ link, writer, types, claims: guardedClaimsSql(own) });
  const now = clock.now();
  opened = {
    mode,
    link,
    runner,
    settings: own,
    generation: 0,
    busySince: undefined,
    usedUntil: undefined,
    lookedAt: now,
  };
  return opened;
}
