// Reads the body of a control plane request: complete, within its limits, as a JSON object. Throws refusals, because
// handlers are several calls deep.
import { StkError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { Exchange } from '../http/exchange.ts';
import {
  type BodyLimits,
  type BodyOutcome,
  parseJson,
  readBody,
  refuseMediaType,
} from '../http/read-body.ts';
import type { Refusal } from '../http/refusal.ts';

/** Thrown inside a handler to send a refusal unchanged. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/** Throws Refused above the limits, `malformed` when the client disconnects. */
export async function readWhole(exchange: Exchange, limits: BodyLimits): Promise<Buffer> {
  const outcome = await new Promise<BodyOutcome>((resolve, reject) => {
    const leave = (): void => reject(new StkError('malformed', 'the client closed the connection'));
    exchange.request.once('close', leave).once('error', leave);
    readBody(exchange, limits, resolve);
  });
  if (outcome.kind === 'refused') throw new Refused(outcome.refusal);
  return outcome.bytes;
}

/** Throws Refused for another type, or JSON that is invalid or too large; `malformed` when it is not an object. */
export async function readJsonObject(
  exchange: Exchange,
  limits: BodyLimits,
  depth: number,
): Promise<JsonObject> {
  const wrongType = refuseMediaType(exchange.request);
  if (wrongType !== undefined) throw new Refused(wrongType);
  const parsed = parseJson(await readWhole(exchange, limits), depth);
  if (parsed.kind === 'refused') throw new Refused(parsed.refusal);
  if (isJsonObject(parsed.value)) return parsed.value;
  throw new StkError('malformed', 'the body must be a JSON object');
}
