import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { asStkError, errorTable, meaningOf, StkError, type ErrorCode } from '../../src/kernel/errors.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

/** Rows of the page: code → [http, exit, outcome, retryable, meaning, what to do]. */
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

  it.each(codes)('means over HTTP, for a shell and for the reconciler what the page says: %s', (code) => {
    const { http, exit, outcome, retryable } = meaningOf(code);
    const cells = readRows().get(code) ?? [];
    expect(cells.slice(0, 4)).toEqual([String(http), String(exit), outcome, retryable ? 'yes' : 'no']);
    expect(cells[4]).toMatch(/\w{3}/);
    expect(cells[5]).toMatch(/\w{3}/);
  });

  it('calls nothing done that is an error', () => {
    for (const code of codes) {
      expect(meaningOf(code).exit).toBeGreaterThan(0);
      expect(meaningOf(code).http).toBeGreaterThanOrEqual(400);
    }
  });

  it('calls retryable exactly what the reconciler retries by itself, a failing git command apart', () => {
    const retried = codes.filter((code) => meaningOf(code).outcome === 'retry');
    expect(codes.filter((code) => meaningOf(code).retryable)).toEqual(
      retried.filter((code) => code !== 'git-failed'),
    );
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
