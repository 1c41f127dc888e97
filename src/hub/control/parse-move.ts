// The body of a promotion or a rollback through the Hub.
import { StkError } from '../../kernel/errors.ts';
import { parseReason } from '../../promotion/commit-message.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import { type ControlRequest, findEnvironment, parseStrings, requireEnvironment } from './control-request.ts';
import type { MoveRequest } from './move-pointer.ts';

export interface MoveToParse {
  readonly state: HubState;
  readonly action: 'promote' | 'rollback';
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Throws `malformed`, `unknown-environment`. */
export function parseMove({ state, action, now }: MoveToParse, request: ControlRequest): MoveRequest {
  const environment = findEnvironment(state, request);
  const { incident = true, ...body } = request.body;
  const hasIncident = incident === true;
  if (typeof incident !== 'boolean' || (action === 'promote' && 'incident' in request.body))
    throw new StkError('malformed', 'incident is true or false, and belongs to a rollback');
  const known = action === 'promote' ? ['from', 'release', 'reason'] : ['release', 'to', 'reason'];
  const values = parseStrings(body, known);
  const parsedReason = parseReason(values.get('reason'));
  if (parsedReason.kind === 'refused') throw parsedReason.error;
  const shared = {
    environment,
    reason: parsedReason.reason,
    actor: request.caller.subject,
    hasIncident,
    now,
  };
  const [release, from, to] = ['release', 'from', 'to'].map((name) => values.get(name));
  if (action === 'rollback') {
    if (release !== undefined && to === undefined) return { ...shared, move: { action, release } };
    if (release === undefined && (to === undefined || to === 'last-known-good'))
      return { ...shared, move: { action, to: to ?? 'previous' } };
    throw new StkError('malformed', 'the body may have release (an id) or to ("last-known-good"), not both');
  }
  if (release !== undefined && from === undefined) return { ...shared, move: { action, release } };
  if (from !== undefined && release === undefined) {
    requireEnvironment(state, from);
    return { ...shared, move: { action, from } };
  }
  throw new StkError('malformed', 'the body must have either from (an environment) or release (an id)');
}
