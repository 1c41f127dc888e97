// The input of one look: the calls of both arms since the previous look, from this Hub or from Prometheus, and whether
// both releases pass their smoke tests.
import type { AnalysisPolicy } from '../../analysis/policy.ts';
import type { SmokeTest } from '../../model/smoke.ts';
import type { ArmSample, Sample } from '../../analysis/sample.ts';
import type { ActiveRelease, WritableServingTable } from '../../serving/serving-table.ts';
import { runSmoke, type SmokeTools } from '../../smoke/run-smoke.ts';
import type { ServedHere } from '../admission/served-here.ts';
import type { Log } from '../log.ts';
import type { PrometheusSource } from './prometheus-source.ts';

export interface CountRequest {
  readonly table: WritableServingTable;
  readonly smoke: SmokeTools;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly environment: string;
  readonly of: string;
  readonly policy: AnalysisPolicy | undefined;
  /** `undefined` when this Hub's calls are counted. */
  readonly prometheus: PrometheusSource | undefined;
  servedHere(environment: string): ServedHere | null | undefined;
  /** The smoke tests that stk.yaml has for an environment, beside those of its release. */
  smokeOf(environment: string): readonly SmokeTest[];
}

type Counted = Omit<Sample, 'at' | 'elapsedMs'>;

const noCalls: ArmSample = {
  calls: 0,
  errors: 0,
  refusals: 0,
  trailingErrors: 0,
  latency: [],
  callers: null,
};

export async function countCalls(request: CountRequest): Promise<Counted> {
  const { table, of, environment, policy } = request;
  const hasHealth = policy?.gates.some(({ test }) => test.kind === 'health') === true;
  const probes = hasHealth ? await probeBoth(request, table.stable(environment), table.stable(of)) : null;
  // Taken last: a slow probe delays no call into the next look.
  const here = table.traffic.take(of) ?? { canary: noCalls, stable: noCalls };
  const { prometheus } = request;
  if (prometheus === undefined) return { ...here, probes, metrics: {}, isSourceUp: true };
  try {
    const arms = await prometheus.take(of);
    const metrics = await readMetrics(prometheus, policy);
    return { ...arms, probes, metrics, isSourceUp: true };
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown);
    request.log.warn({ environment, problem }, 'Prometheus did not return the counts of a canary');
    return { canary: noCalls, stable: noCalls, probes, metrics: {}, isSourceUp: false };
  }
}

async function readMetrics(
  prometheus: PrometheusSource,
  policy: AnalysisPolicy | undefined,
): Promise<Counted['metrics']> {
  const values = (policy?.gates ?? []).flatMap(({ name, test }) =>
    test.kind === 'metric' ? [prometheus.compare(test.query).then((found) => [name, found] as const)] : [],
  );
  return Object.fromEntries(await Promise.all(values));
}

async function probeBoth(
  request: CountRequest,
  canary: ActiveRelease | undefined,
  stable: ActiveRelease | undefined,
): Promise<Sample['probes']> {
  if (canary === undefined || stable === undefined) return null;
  const [ofCanary, ofStable] = await Promise.all([probe(request, canary), probe(request, stable)]);
  return { canary: ofCanary, stable: ofStable };
}

/** Its own state, and the smoke tests that call its operations; what they do is rolled back. Those over the network are skipped. */
async function probe(
  { smoke, signal, servedHere, smokeOf }: CountRequest,
  active: ActiveRelease,
): Promise<boolean> {
  if (servedHere(active.environment)?.isHealthy !== true) return false;
  const tests = [...active.compiled.release.smoke, ...smokeOf(active.environment)];
  const report = await runSmoke(smoke, { tests, active, isRehearsal: true, attempts: 1, signal });
  return report.isPassed;
}
