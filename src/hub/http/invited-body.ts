// Clients that send `Expect: 100-continue` send no body until they are asked for it. The code that reads the body asks;
// a refusal by the headers does not.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Whether the client waits and was not asked yet. */
export function waitsForInvitation({ httpVersion, headers }: IncomingMessage): boolean {
  return headers.expect !== undefined && httpVersion === '1.1' && /\b100-continue\b/i.test(headers.expect);
}

/** Asks for the body, once. */
export function inviteBody({
  request,
  response,
}: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}): void {
  if (!waitsForInvitation(request)) return;
  delete request.headers.expect;
  response.writeContinue();
}
