import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { asStkError, errorTable, meaningOf, StkError, type ErrorCode } from '../../src/kernel/errors.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

/** Rows of the page: code → [http, exit, retryable, meaning, what to do]. */
function readRows(): Map<string, string[]> {
  const rows = page.split('\n').flatMap((line) => {
    const match = /^\| `([a-z-]+)` \|(.*)\|$/.exec(line);
    const [, code, rest] = match ?? [];
    return code === undefined || rest === undefined
      ? []
      : [{ code, cells: rest.split('|').map((cell) => cell.trim()) }];
  });
  const codes = rows.map((row) => row.code);
  expect(codes).toEqual([...new Set(codes)]);
  return new Map(rows.map((row) => [row.code, row.cells]));
}

const codes = Object.keys(errorTable) as ErrorCode[];

describe('the error table', () => {
  it('has exactly one row of docs/errors.md for each code', () => {
    expect([...readRows().keys()].toSorted()).toEqual(codes.toSorted());
  });

  it.each(codes)('means over HTTP and for a shell what the page says: %s', (code) => {
    const { http, exit, retryable } = meaningOf(code);
    const cells = readRows().get(code) ?? [];
    expect(cells.slice(0, 3)).toEqual([String(http), String(exit), retryable ? 'yes' : 'no']);
    expect(cells[3]).toMatch(/\w{3}/);
    expect(cells[4]).toMatch(/\w{3}/);
  });

  it('calls nothing done that is an error', () => {
    for (const code of codes) {
      expect(meaningOf(code).exit).toBeGreaterThan(0);
      expect(meaningOf(code).http).toBeGreaterThanOrEqual(400);
    }
  });
});

describe('asStkError', () => {
  it('keeps a StkError as it is and makes anything else internal, with its cause', () => {
    const known = new StkError('conflict', 'the pointer moved');
    expect(asStkError(known)).toBe(known);
    const cause = new RangeError('out of range');
    expect(asStkError(cause)).toMatchObject({ code: 'internal', message: 'out of range', cause });
    expect(asStkError('text')).toMatchObject({ code: 'internal', message: 'text' });
  });
});
