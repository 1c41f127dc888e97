// Reads the body of a control plane request: whole, within its limits, as a JSON object. Refusals are thrown: a handler is
// several calls deep.
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

/** Thrown inside a handler to send a refusal as it is. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/** Throws Refused beyond the limits, `malformed` when the client goes away. */
export async function readWhole(exchange: Exchange, limits: BodyLimits): Promise<Buffer> {
  const outcome = await new Promise<BodyOutcome>((resolve, reject) => {
    const leave = (): void => reject(new StkError('malformed', 'the client closed the connection'));
    exchange.request.once('close', leave).once('error', leave);
    readBody(exchange, limits, resolve);
  });
  if (outcome.kind === 'refused') throw new Refused(outcome.refusal);
  return outcome.bytes;
}

/** Throws Refused for another type, no JSON or too much of it; `malformed` for no object. */
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
