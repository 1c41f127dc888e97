// Whether a webhook's signature (X-Hub-Signature-256) is that of the raw body under the shared secret.
import { createHmac, timingSafeEqual } from 'node:crypto';

export function verifySignature(secret: string, body: Buffer, header: string): boolean {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(header)?.[1];
  if (hex === undefined || secret === '') return false;
  return timingSafeEqual(createHmac('sha256', secret).update(body).digest(), Buffer.from(hex, 'hex'));
}
