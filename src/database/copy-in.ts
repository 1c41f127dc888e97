// COPY … FROM STDIN for an engine that cannot wait for a client in the middle of a statement: the session answers for it,
// collects the rows, and hands over statement and rows in one piece.

const copyFromStdin = /(?:^|;)(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*copy\b[^;]*?\bfrom\s+stdin\b/i;
const parse = 0x50;
const query = 0x51;
const copyInResponse = 0x47;

/**
 * Whether a frontend message asks for rows from the client. It may be mistaken about the inside of a string; the client
 * then sends no rows, and the statement runs as it would have.
 */
export function asksForRows(message: Buffer): 'query' | 'parse' | undefined {
  const [type] = message;
  if (type !== query && type !== parse) return undefined;
  const text = message.toString('utf8', type === query ? 5 : message.indexOf(0, 5) + 1);
  if (!copyFromStdin.test(text)) return undefined;
  return type === query ? 'query' : 'parse';
}

/** CopyInResponse: text, its columns not told. */
export const sendRows: Buffer = Buffer.from([copyInResponse, 0, 0, 0, 7, 0, 0, 0]);

/** The engine's answer without its own CopyInResponse, which the client had before. */
export function withoutCopyIn(reply: Buffer): Buffer {
  for (let at = 0; at + 5 <= reply.length; at += 1 + reply.readInt32BE(at + 1)) {
    if (reply[at] !== copyInResponse) continue;
    return Buffer.concat([reply.subarray(0, at), reply.subarray(at + 1 + reply.readInt32BE(at + 1))]);
  }
  return reply;
}
