// Which release answers a request to an environment with a canary: the one that the header Stk-Arm names, or the one
// that the caller's key selects. Only called when stk.yaml has a canary for the environment.
import type { IncomingHttpHeaders } from 'node:http';
import type { Sticky } from '../../model/pipeline/canary.ts';
import type { Split } from '../../serving/canary-traffic.ts';
import { drawOf, drawOfCount, isDrawn } from '../../serving/draw-arm.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Refusal } from '../http/refusal.ts';

/** Sets the exchange's release. `subject`: of the caller's token; `undefined` when none exists. */
export function chooseRelease(
  exchange: Exchange,
  { sticky, canary }: Split<ActiveRelease>,
  subject: string | undefined,
): Refusal | undefined {
  const { headers } = exchange.request;
  const pin = headers['stk-arm'];
  exchange.arm = 'stable';
  if (pin !== undefined && pin !== 'stable' && pin !== 'canary') return unknownArm;
  if (canary === undefined) return undefined;
  if (pin !== undefined) {
    // A pinned call is not representative of callers, so it is not counted.
    if (pin === 'canary') useCanary(exchange, canary.active);
    return undefined;
  }
  const { salt, counters, weight } = canary;
  const key = keyOf(sticky, headers, subject);
  const draw = key === undefined ? drawOfCount((counters.unkeyed += 1), salt) : drawOf(key, salt);
  const isCanary = isDrawn(draw, weight);
  if (isCanary) useCanary(exchange, canary.active);
  exchange.counted = { counter: isCanary ? counters.canary : counters.stable, group: draw.group };
  return undefined;
}

const unknownArm: Refusal = {
  code: 'malformed',
  detail: 'The header Stk-Arm must be stable or canary.',
};

function useCanary(exchange: Exchange, active: ActiveRelease): void {
  exchange.arm = 'canary';
  exchange.active = active;
}

/** `undefined` when the call has no key, and is drawn by itself. */
function keyOf(
  sticky: Sticky,
  headers: IncomingHttpHeaders,
  subject: string | undefined,
): string | undefined {
  switch (sticky.kind) {
    case 'subject':
      return subject;
    case 'header': {
      const value = headers[sticky.name];
      return typeof value === 'string' || value === undefined ? value : value.join();
    }
    case 'none':
      return undefined;
  }
}
