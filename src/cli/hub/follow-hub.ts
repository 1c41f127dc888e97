// Listens to a Hub until the operator stops: reopens a broken stream where it broke.
import { StkError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { HubMessage } from './event-stream.ts';
import type { HubClient } from './hub-client.ts';

export interface Following {
  readonly hub: Pick<HubClient, 'events'>;
  readonly environment: string | undefined;
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  onMessage(message: HubMessage): void;
  /** The Hub is unreachable and is tried again. Called once, until it answers again. */
  onLost(error: StkError): void;
}

/** Milliseconds between two attempts. */
const pause = 1_000;

/** Resolves when the signal aborts. Throws the Hub's refusals. */
export async function followHub({
  hub,
  environment,
  clock,
  signal,
  onMessage,
  onLost,
}: Following): Promise<void> {
  let after: string | undefined;
  let isLost = false;
  while (!signal.aborted) {
    try {
      for await (const message of hub.events({ environment, after, signal })) {
        isLost = false;
        after = message.id ?? after;
        onMessage(message);
      }
    } catch (error) {
      const mayPass = error instanceof StkError && error.code === 'hub-unavailable';
      if (!mayPass) throw error;
      if (!isLost) onLost(error);
      isLost = true;
      await clock.sleep(pause, signal);
    }
  }
}
