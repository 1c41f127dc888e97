// How far a drill is, from the commits of the pointer: whether one is in progress, and what remains.
import { readDrill, type DrillCommit } from '../../promotion/drill-trailers.ts';
import type { LocalRepo } from '../repo/local-repo.ts';

export interface Under {
  readonly drill: DrillCommit;
  readonly environment: string;
  readonly revision: string;
  /** RFC 3339. */
  readonly at: string;
  readonly from: string;
  readonly to: string;
}

/** What the newest commit of the pointer records about a drill. */
export async function readUnder(
  repo: Pick<LocalRepo, 'changes' | 'reader'>,
  tip: string,
  environment: string,
): Promise<Under | undefined> {
  const [newest] = await repo.changes(tip, environment);
  if (newest === undefined || newest.release === null) return undefined;
  const { trailers, at, revision } = await repo.reader.commit(newest.revision);
  const drill = readDrill(trailers);
  const from = trailers.get('Stk-From');
  if (drill === undefined || from === undefined) return undefined;
  return { drill, environment, revision, at, from, to: newest.release };
}

export function sayUnder({ drill, environment, from, to }: Under): string {
  return drill.phase === 'back'
    ? `drill ${drill.id}: ${environment} was rolled back to ${to} and must still go forward to ${from}`
    : `drill ${drill.id}: ${environment} went forward to ${to}; its document and record may be missing`;
}
