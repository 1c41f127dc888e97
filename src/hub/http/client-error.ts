// Answers input that is not an HTTP request, or came too slowly: node's parser only gives the socket, so the problem
// document is written to it directly.
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { formatProblem, type Refusal } from './refusal.ts';

const byErrorCode: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    { code: 'timeout', status: 408, detail: 'The request did not arrive in time.' },
  ],
  [
    'HPE_HEADER_OVERFLOW',
    { code: 'too-large', status: 431, detail: 'The headers are larger than the limit.' },
  ],
]);
const malformed: Refusal = { code: 'malformed', detail: 'This is not an HTTP/1.1 request.' };
const phrases: ReadonlyMap<number, string> = new Map([
  [408, 'Request Timeout'],
  [431, 'Request Header Fields Too Large'],
]);

export function answerClientError(
  nextId: (request: IncomingMessage) => string,
): (error: NodeJS.ErrnoException, socket: Duplex) => void {
  const unread = new IncomingMessage(new Socket());
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const refusal = byErrorCode.get(error.code ?? '') ?? malformed;
    const status = refusal.status ?? 400;
    const body = formatProblem(refusal);
    const head = [
      `HTTP/1.1 ${status} ${phrases.get(status) ?? 'Bad Request'}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${nextId(unread)}`,
      'Server-Timing: total;dur=0',
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  };
}
