// One route of the control plane: its path, its input, and the right that it needs.
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

/** The parts that routes use. */
export interface RouteParts {
  readonly state: HubState;
  readonly limits: HubLimits;
  readonly clock: Clock;
  readonly stateDirectory: string | undefined;
  readonly live: Live;
}
