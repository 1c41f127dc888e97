// `smoke`: the smoke tests of the release and of the environment, run repeatedly.
import { describeFailure, type SmokeReport } from '../../../smoke/run-smoke.ts';
import { bad, good, type Reading } from '../reading.ts';

export function readSmoke(report: SmokeReport): Reading {
  const failure = describeFailure(report);
  if (failure !== undefined) return bad(failure);
  return good(
    report.tests.length === 0 ? 'There are no smoke tests.' : `${report.tests.length} smoke tests passed.`,
  );
}
