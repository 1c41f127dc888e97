// Whether a webhook's signature (X-Hub-Signature-256) matches the raw body under the shared secret. The body is read
// but not kept, because its sender is only known at its end.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { StkError } from '../../kernel/errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { inviteBody } from '../http/invited-body.ts';

export interface SignedRequest {
  /** '' when none is set; then nothing verifies. */
  readonly secret: string;
  readonly signature: string;
  /** Bytes of a body. */
  readonly limit: number;
}

/** Throws `malformed` when the client disconnects, `too-large` above the limit, from the header if it has the length. */
export async function isSigned(
  exchange: Pick<Exchange, 'request' | 'response'>,
  { secret, signature, limit }: SignedRequest,
): Promise<boolean> {
  const { request } = exchange;
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(signature)?.[1];
  if (hex === undefined || secret === '') return false;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  inviteBody(exchange);
  const hmac = createHmac('sha256', secret);
  let size = 0;
  try {
    for await (const chunk of request) {
      if (!Buffer.isBuffer(chunk)) continue;
      size += chunk.length;
      if (size > limit) break;
      hmac.update(chunk);
    }
  } catch (error) {
    throw new StkError('malformed', 'the client closed the connection', { cause: error });
  }
  if (size > limit) throw tooLarge(limit);
  return timingSafeEqual(hmac.digest(), Buffer.from(hex, 'hex'));
}

function tooLarge(limit: number): StkError {
  return new StkError('too-large', `the body is larger than the limit of ${limit} bytes`);
}
