// Whether a rollback of a release was rehearsed in the required environment, for `stk drill due` and `notify`. Pure.
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import { countingOf } from './fold-records.ts';
import type { JudgedRecord } from './judge-record.ts';

/** Environments named by another one's `from`. */
export function environmentsBefore({ environments }: Pick<Pipeline, 'environments'>): string[] {
  const before = new Set([...environments.values()].flatMap(({ from }) => from));
  return [...environments.keys()].filter((name) => before.has(name));
}

/** `judged`: every record of the release. `digest`: its content. */
export function wasDrilled(
  judged: readonly JudgedRecord[],
  { environment, digest }: { readonly environment: string; readonly digest: string },
): boolean {
  return countingOf(judged, 'drill', digest).some(
    ({ record }) => record.environment === environment && record.result === 'passed',
  );
}
