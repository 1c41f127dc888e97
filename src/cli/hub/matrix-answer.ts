// The Hub's rollback matrix as a value: the parts that the command line reads are checked here.
import { StkError } from '../../kernel/errors.ts';

export interface MatrixAnswer {
  readonly environment: string;
  readonly fingerprint: string | null;
  readonly desired: string | null;
  readonly serving: string | null;
  /** Newest first. */
  readonly releases: readonly MatrixEntryAnswer[];
}

export interface MatrixEntryAnswer {
  readonly release: string;
  /** `fits`, `does-not-fit`, `refused` (the file itself), or a value of a newer Hub. */
  readonly verdict: string;
  readonly code: string | null;
  readonly object: string | null;
  readonly blocking: number;
  readonly warnings: number;
  readonly isRollbackTarget: boolean;
}

export function readMatrixAnswer(body: unknown): MatrixAnswer {
  const answer = fields(body);
  const releases = answer.get('releases');
  if (!Array.isArray(releases)) throw notUnderstood();
  return {
    environment: textOf(answer, 'environment') ?? '',
    fingerprint: textOf(answer, 'fingerprint'),
    desired: textOf(answer, 'desired'),
    serving: textOf(answer, 'serving'),
    releases: releases.map((entry: unknown) => {
      const row = fields(entry);
      const release = textOf(row, 'release');
      const verdict = textOf(row, 'verdict');
      if (release === null || verdict === null) throw notUnderstood();
      return {
        release,
        verdict,
        code: textOf(row, 'code'),
        object: textOf(row, 'object'),
        blocking: countOf(row, 'blocking'),
        warnings: countOf(row, 'warnings'),
        isRollbackTarget: row.get('isRollbackTarget') === true,
      };
    }),
  };
}

function fields(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notUnderstood();
  return new Map<string, unknown>(Object.entries(value));
}

function textOf(row: ReadonlyMap<string, unknown>, name: string): string | null {
  const value = row.get(name);
  return typeof value === 'string' ? value : null;
}

function countOf(row: ReadonlyMap<string, unknown>, name: string): number {
  const value = row.get(name);
  return typeof value === 'number' ? value : 0;
}

function notUnderstood(): StkError {
  return new StkError('internal', "the Hub's answer is not a rollback matrix", {
    hint: 'Check that --hub names a stk Hub of about this version (stk --version).',
  });
}
