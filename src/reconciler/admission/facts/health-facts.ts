// The facts for gates of the kind `healthy`. Events and this Hub's notes show how long an environment was healthy. This
// Hub's counters or a Prometheus server show its calls.
import { edgeOf } from '../../../analysis/latency-buckets.ts';
import { healthKeyOf, healthQuestionOf } from '../../../gates/kinds/healthy.ts';
import { asStkError, errorTable } from '../../../kernel/errors.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import type { CountingRules } from '../../../ledger/records/judge-record.ts';
import type { Gate } from '../../../model/pipeline/gate.ts';
import type { HealthQuestion, HealthSpan, Known, SpanCalls } from '../../../model/pipeline/gate-facts.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';
import type { EventRecord, LedgerRecord } from '../../../model/pipeline/record.ts';
import { PrometheusSource } from '../../canary/prometheus-source.ts';
import type { CallRecords } from '../../state/call-records.ts';
import type { HealthNotes } from '../../state/health-notes.ts';
import type { AskHub } from '../ask-hub.ts';
import { healthyTime, type LastKnown } from './healthy-time.ts';
import type { ServedHere } from '../served-here.ts';

export interface HealthRequest {
  readonly ledger: Ledger;
  readonly pipeline: Pipeline;
  readonly rules: CountingRules;
  /** Commit of the followed branch. */
  readonly revision: string;
  readonly now: number;
  /** Events of this Hub that are not on the records branch yet. */
  readonly pending: readonly LedgerRecord[];
  readonly health: Pick<HealthNotes, 'interruption'>;
  readonly calls: Pick<CallRecords, 'of'>;
  readonly askHub: AskHub;
  /** `undefined` when another Hub serves it. */
  servedHere(environment: string): ServedHere | null | undefined;
}

/** The most pointer commits that are searched. */
const mostMoves = 10_000;
/** Durations above the largest edge of the exported buckets, in seconds, are unknown. */
const largestEdge = 60;
/** The precision of the start of a Prometheus server's samples. */
const step = 300;

/** How far back gates need the calls of each environment that this Hub counts. */
export function watchedCalls(pipeline: Pipeline): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  for (const { gates } of pipeline.environments.values())
    for (const { settings } of gates) {
      const question = healthQuestionOf(settings);
      if (question === undefined || !question.hasCalls || question.prometheus !== undefined) continue;
      const { environment, forMs } = question;
      wanted.set(environment, Math.max(wanted.get(environment) ?? 0, forMs));
    }
  return wanted;
}

export async function readHealth(
  request: HealthRequest,
  gates: readonly Gate[],
): Promise<ReadonlyMap<string, Known<HealthSpan>>> {
  const questions = gates.flatMap(({ settings }) => healthQuestionOf(settings) ?? []);
  const entries = questions.map(async (question): Promise<[string, Known<HealthSpan>]> => {
    const key = healthKeyOf(question);
    try {
      return [key, { known: true, value: await readSpan(request, question) }];
    } catch (thrown) {
      return [key, { known: false, why: asStkError(thrown).message.replace(/\.$/, '') }];
    }
  });
  return new Map(await Promise.all(entries));
}

async function readSpan(request: HealthRequest, question: HealthQuestion): Promise<HealthSpan> {
  const { now } = request;
  const { environment, forMs, hasCalls, prometheus } = question;
  const from = now - forMs;
  const served = request.servedHere(environment);
  const lastKnown = await readLastKnown(request, environment, served);
  const events = await readEvents(request, environment, from);
  const { since, healthyMs } = healthyTime(events, { from, now, lastKnown });
  if (!hasCalls || since === undefined) return { since, healthyMs, calls: undefined };
  if (prometheus === undefined && served === undefined)
    throw new Error(`another Hub counts the calls of ${environment}: name a Prometheus server in "source"`);
  const counted = await readCalls(request, question, from);
  return { since: Math.max(since, counted.since), healthyMs, calls: counted.calls };
}

async function readLastKnown(
  { health, askHub, pipeline }: HealthRequest,
  environment: string,
  served: ServedHere | null | undefined,
): Promise<LastKnown> {
  if (served !== undefined)
    return { isHealthy: served?.isHealthy === true, interruption: health.interruption(environment) };
  const { healthySince } = await askHub(environment, pipeline.environments.get(environment)?.hub);
  return { isHealthy: healthySince !== undefined, interruption: undefined };
}

/** Back to the activation of what was served at `from`. */
async function readEvents(
  { ledger, rules, revision, pending }: HealthRequest,
  environment: string,
  from: number,
): Promise<readonly EventRecord[]> {
  const found = new Map<string, EventRecord>();
  const add = (events: readonly LedgerRecord[]): void => {
    for (const event of events)
      if (event.record === 'event' && event.environment === environment)
        found.set([event.revision, event.event, event.since ?? ''].join(' '), event);
  };
  add(pending);
  const seen = new Set<string>();
  let moves = 0;
  for await (const { release, digest } of ledger.pointers.walk(revision, environment)) {
    moves += 1;
    if (moves > mostMoves) break;
    if (release === null || digest === null || seen.has(`${release} ${digest}`)) continue;
    seen.add(`${release} ${digest}`);
    add((await ledger.eventsOf({ release, digest }, rules)).map(({ record }) => record));
    if ([...found.values()].some(({ event, at }) => event === 'activated' && at <= from)) break;
  }
  return [...found.values()];
}

export interface Counted {
  readonly since: number;
  readonly calls: SpanCalls | undefined;
}

/** The calls since `from`. Rejects when a Prometheus server does not answer, or does not know the environment. */
export async function readCalls(
  request: Pick<HealthRequest, 'calls' | 'now'>,
  question: HealthQuestion,
  from: number,
): Promise<Counted> {
  const { prometheus } = question;
  return prometheus === undefined
    ? readOwnCalls(request, question, from)
    : readPrometheus(new PrometheusSource(prometheus), question, from);
}

function readOwnCalls(
  { calls, now }: Pick<HealthRequest, 'calls' | 'now'>,
  question: HealthQuestion,
  from: number,
): Counted {
  const counted = calls.of(question.environment, from);
  if (counted === undefined) return { since: now, calls: undefined };
  const { since, latency } = counted;
  const quantileMs = quantileOf(latency, question.quantile);
  return { since, calls: { calls: counted.calls, errors: counted.errors, quantileMs } };
}

function quantileOf(latency: ReadonlyMap<number, number>, quantile: number): number | undefined {
  const total = [...latency.values()].reduce((sum, count) => sum + count, 0);
  let left = Math.ceil(total * quantile);
  for (const [bucket, count] of [...latency].sort(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return edgeOf(bucket);
  }
  return undefined;
}

const failures = Object.entries(errorTable)
  .flatMap(([code, { http }]) => (http >= 500 ? [code] : []))
  .join('|');

async function readPrometheus(
  source: Pick<PrometheusSource, 'values'>,
  { environment, forMs, quantile }: HealthQuestion,
  from: number,
): Promise<Counted> {
  const of = `environment="${environment}"`;
  const range = `${Math.ceil(forMs / 1000)}s`;
  const name = 'stk_call_duration_seconds';
  const one = async (query: string): Promise<number> => (await source.values(query))[0] ?? Number.NaN;
  const [first, calls, errors, seconds] = await Promise.all([
    one(`min(min_over_time(timestamp(stk_in_sync{${of}})[${range}:${step}s]))`),
    one(`sum(increase(${name}_count{${of}}[${range}]))`),
    one(`sum(increase(${name}_count{${of},code=~"${failures}"}[${range}]))`),
    one(`histogram_quantile(${quantile}, sum by (le) (increase(${name}_bucket{${of}}[${range}])))`),
  ]);
  if (Number.isNaN(first)) throw new Error(`Prometheus has no sample of ${environment}`);
  const since = first * 1000 <= from + 2 * step * 1000 ? from : first * 1000;
  const quantileMs = seconds >= largestEdge ? Infinity : seconds * 1000;
  return {
    since,
    calls: {
      calls: Math.round(orZero(calls)),
      errors: Math.round(orZero(errors)),
      quantileMs: Number.isNaN(seconds) ? undefined : quantileMs,
    },
  };
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
