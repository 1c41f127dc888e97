// Reads backend messages of the PostgreSQL wire protocol from bytes with complete messages, as PGlite returns them, for
// a ReplyHandler. For a server's connection, `pg` reads them.
import { mostAnswerBytes } from './answer-limit.ts';
import type { ReplyHandler, WireField } from './link.ts';
import { isFatal, toSqlError } from '../sql-error.ts';

export type TransactionStatus = 'I' | 'T' | 'E';

/** All messages of `bytes` in order, except ReadyForQuery; returns its status, or `undefined` when there was none. */
export function readReplies(
  bytes: Buffer,
  handler: Omit<ReplyHandler, 'ready' | 'lost'>,
): TransactionStatus | undefined {
  let status: TransactionStatus | undefined;
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    const body = bytes.subarray(at + 5, end);
    switch (bytes[at]) {
      case 0x44: // DataRow
        if (body.length > mostAnswerBytes) handler.tooLarge();
        else handler.row(readRow(body));
        break;
      case 0x32: // BindComplete
        handler.bound?.();
        break;
      case 0x43: // CommandComplete
        handler.complete(readCstring(body, 0));
        break;
      case 0x54: // RowDescription
        handler.fields(readFields(body));
        break;
      case 0x6e: // NoData
        handler.fields([]);
        break;
      case 0x74: // ParameterDescription
        handler.parameterTypes(readOids(body));
        break;
      case 0x73: // PortalSuspended
        handler.suspended();
        break;
      case 0x49: // EmptyQueryResponse
        handler.complete('');
        break;
      case 0x45: {
        // ErrorResponse
        const fields = readErrorFields(body);
        handler.refused(toSqlError(nameErrorFields(fields)), isFatal(fields.get('V')));
        break;
      }
      case 0x5a: // ReadyForQuery
        status = readStatus(body);
        break;
      default:
        break;
    }
    at = end;
  }
  return status;
}

/** The status of the last ReadyForQuery; `undefined` when none exists. */
export function lastStatus(bytes: Buffer): TransactionStatus | undefined {
  const last = bytes.subarray(-6);
  return last.length === 6 && last[0] === 0x5a && last.readInt32BE(1) === 5
    ? readStatus(last.subarray(5))
    : undefined;
}

function readStatus(body: Buffer): TransactionStatus {
  if (body[0] === 0x54) return 'T';
  return body[0] === 0x45 ? 'E' : 'I';
}

function readRow(body: Buffer): (string | null)[] {
  const values: (string | null)[] = [];
  for (let left = body.readUInt16BE(0), at = 2; left > 0; left -= 1) {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) values.push(null);
    else {
      values.push(body.toString('utf8', at, at + length));
      at += length;
    }
  }
  return values;
}

function readFields(body: Buffer): WireField[] {
  const fields: WireField[] = [];
  for (let left = body.readUInt16BE(0), at = 2; left > 0; left -= 1) {
    const name = readCstring(body, at);
    at = body.indexOf(0, at) + 1;
    fields.push({
      name,
      tableID: body.readUInt32BE(at),
      columnID: body.readInt16BE(at + 4),
      dataTypeID: body.readUInt32BE(at + 6),
      dataTypeModifier: body.readInt32BE(at + 12),
    });
    at += 18;
  }
  return fields;
}

function readOids(body: Buffer): number[] {
  return Array.from({ length: body.readUInt16BE(0) }, (_, index) => body.readUInt32BE(2 + 4 * index));
}

function readErrorFields(body: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < body.length && body[at] !== 0;) {
    fields.set(String.fromCharCode(body[at] ?? 0), readCstring(body, at + 1));
    at = body.indexOf(0, at + 1) + 1;
  }
  return fields;
}

function nameErrorFields(fields: ReadonlyMap<string, string>): Parameters<typeof toSqlError>[0] {
  return {
    message: fields.get('M'),
    code: fields.get('C'),
    detail: fields.get('D'),
    hint: fields.get('H'),
    position: fields.get('P'),
    internalPosition: fields.get('p'),
    schema: fields.get('s'),
    table: fields.get('t'),
    column: fields.get('c'),
    constraint: fields.get('n'),
    routine: fields.get('R'),
  };
}

function readCstring(body: Buffer, at: number): string {
  return body.toString('utf8', at, body.indexOf(0, at));
}
