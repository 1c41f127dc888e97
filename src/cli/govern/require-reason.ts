// The reason of a stop: one printable, non-empty line.
import { StkError } from '../../kernel/errors.ts';
import { parseReason } from '../../promotion/commit-message.ts';

/** Throws `malformed`, and `usage` when it is blank. */
export function requireReason(text: string): string {
  const parsed = parseReason(text);
  if (parsed.kind === 'refused') throw parsed.error;
  if (parsed.reason !== undefined) return parsed.reason;
  throw new StkError('usage', 'the reason is empty', { hint: 'Give a reason in one line: --reason "…"' });
}
