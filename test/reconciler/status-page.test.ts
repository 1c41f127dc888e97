import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { otherReasons, stopTable } from '../../src/reconciler/status/reasons.ts';

interface Row {
  readonly condition: string;
  readonly reason: string;
  readonly status: string;
  readonly again: string | undefined;
}

const againWords = { 'on-change': 'change', 'back-off': 'back-off', interval: 'interval' } as const;

async function readPage(): Promise<Row[]> {
  const page = await readFile(new URL('../../docs/status.md', import.meta.url), 'utf8');
  const rows: Row[] = [];
  let condition = '';
  let hasAgain = false;
  for (const line of page.split('\n')) {
    condition = /^## (\w+)$/.exec(line)?.[1] ?? condition;
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells[1] === 'reason') hasAgain = cells[3] === 'again';
    const reason = /^`(\w+)`$/.exec(cells[1] ?? '')?.[1];
    if (reason === undefined) continue;
    rows.push({
      condition,
      reason,
      status: cells[2] ?? '',
      again: hasAgain && cells[3] !== '' ? cells[3] : undefined,
    });
  }
  return rows;
}

function rowsOfCode(): Row[] {
  const others = Object.entries(otherReasons).flatMap(([condition, reasons]) =>
    Object.entries(reasons).map(([reason, status]): Row => ({ condition, reason, status, again: undefined })),
  );
  const stops = Object.entries(stopTable).map(([reason, { condition, status, again }]): Row => ({
    condition,
    reason,
    status,
    again: againWords[again],
  }));
  return [...others, ...stops];
}

function inOrder(rows: readonly Row[]): string[] {
  return rows.map((row) => `${row.condition} ${row.reason} ${row.status} ${row.again ?? ''}`).sort();
}

describe('docs/status.md', () => {
  it('explains every condition and reason that the code gives, and no other', async () => {
    expect(inOrder(await readPage())).toEqual(inOrder(rowsOfCode()));
  });
});
