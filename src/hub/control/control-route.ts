// One route of the control plane: what finds it, what it takes, who may use it.
import type { Clock } from '../../kernel/clock.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import type { HubLimits } from '../http/hub-limits.ts';
import type { Live } from '../live/status-feed.ts';
import type { ControlHandler, ControlRight } from './control-request.ts';

export interface ControlRoute {
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Which list of auth.control the caller must be in; `write` includes `read`. */
  readonly right: ControlRight;
  /** Counts towards limits.concurrentChanges. */
  readonly isHeavy: boolean;
  /** Most bytes of its body. */
  readonly bodyLimit: number;
  readonly handle: ControlHandler;
}

/** What routes are made of. */
export interface RouteParts {
  readonly state: HubState;
  readonly limits: HubLimits;
  readonly clock: Clock;
  readonly stateDirectory: string | undefined;
  readonly live: Live;
}
