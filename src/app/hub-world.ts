// What the Hub gets from its process.
import type { Writable } from 'node:stream';
import type { Clock } from '../kernel/clock.ts';

export interface HubWorld {
  readonly clock: Clock;
  /** Of package.json. */
  readonly version: string;
  /** How a shell starts this command; printed commands begin with it. */
  readonly command: string;
  /** Environment variables: secrets, git's own, XDG_STATE_HOME. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts when the Hub is to stop. */
  readonly isStopped: AbortSignal;
}
