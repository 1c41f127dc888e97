// COPY … FROM STDIN for an engine that cannot wait for a client in the middle of a statement: the session answers
// instead, collects the rows, and passes on statement and rows in one piece.

const copyFromStdin = /copy\b[^;]*?\bfrom\s+stdin\b/iy;
export const copyByParse = 'the embedded database supports COPY FROM STDIN only as a simple query';
const parse = 0x50;
const query = 0x51;
const copyInResponse = 0x47;

/**
 * Whether a frontend message makes the client send rows. A string inside the statement may mislead it; the client then
 * sends no rows, and the statement runs normally.
 */
export function asksForRows(message: Buffer): 'query' | 'parse' | undefined {
  const [type] = message;
  if (type !== query && type !== parse) return undefined;
  const text = message.toString('utf8', type === query ? 5 : message.indexOf(0, 5) + 1);
  if (!hasCopyIn(text)) return undefined;
  return type === query ? 'query' : 'parse';
}

/** Searches at the start of the text and after each semicolon. Not with one expression: a large file exhausts its stack. */
function hasCopyIn(text: string): boolean {
  for (let at = skipBlanks(text, 0); at < text.length;) {
    copyFromStdin.lastIndex = at;
    if (copyFromStdin.test(text)) return true;
    const end = text.indexOf(';', at);
    if (end < 0) return false;
    at = skipBlanks(text, end + 1);
  }
  return false;
}

/** The position after white space and comments. */
function skipBlanks(text: string, from: number): number {
  for (let at = from; at < text.length;) {
    if (text.charCodeAt(at) <= 0x20) {
      at += 1;
      continue;
    }
    const ending = text.startsWith('--', at) ? '\n' : text.startsWith('/*', at) ? '*/' : undefined;
    if (ending === undefined) return at;
    const end = text.indexOf(ending, at + 2);
    if (end < 0) return text.length;
    at = end + ending.length;
  }
  return text.length;
}

/** CopyInResponse: text format, without the columns. */
export const sendRows: Buffer = Buffer.from([copyInResponse, 0, 0, 0, 7, 0, 0, 0]);

/** The engine's answer without its own CopyInResponse, which the client already received. */
export function withoutCopyIn(reply: Buffer): Buffer {
  for (let at = 0; at + 5 <= reply.length; at += 1 + reply.readInt32BE(at + 1)) {
    if (reply[at] !== copyInResponse) continue;
    return Buffer.concat([reply.subarray(0, at), reply.subarray(at + 1 + reply.readInt32BE(at + 1))]);
  }
  return reply;
}
