// Gate `healthy`: an environment was well for a time, with any release: it was healthy, few of its calls failed, and
// answers were fast enough.
import { parseDuration, parsePercent } from '../../kernel/units.ts';
import { readDuration } from '../../documents/project/judge-people.ts';
import { judgePrometheus } from '../../documents/project/judge-place.ts';
import type { DocumentSchema } from '../../documents/schemas/document-schema.ts';
import { durationSchema, textSchema } from '../../documents/schemas/value-schemas.ts';
import { child, mapOf, numberOf, textOf } from '../../documents/yaml/tree-reader.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts, HealthQuestion, HealthSpan } from '../../model/pipeline/gate-facts.ts';
import { defineGateKind } from '../define-gate-kind.ts';
import { describeDuration, describeTime } from '../describe-time.ts';

type Say = (pointer: string, message: string) => void;

interface HealthyConfig {
  readonly question: HealthQuestion;
  /** The least share of time. */
  readonly ready: number | undefined;
  /** The share of failed calls must be below it. */
  readonly errorsBelow: number | undefined;
  /** Milliseconds. */
  readonly latencyBelow: number | undefined;
}

const defaultQuantile = 0.95;
/** Milliseconds until the answer may change. */
const lookAgain = 60_000;

const percent: DocumentSchema = {
  type: 'string',
  pattern: '^[0-9]{1,3}(\\.[0-9]{1,6})?%$',
  description: 'per cent such as 1% or 99.9%',
};

export const healthyKind = defineGateKind<HealthyConfig>({
  kind: 'healthy',
  inHotfix: false,
  schema: {
    type: 'object',
    description:
      'the health of an environment: { environment: next, for: 24h, ready: 99.9%, errorRate: { below: 1% } }',
    properties: {
      environment: { type: 'string', minLength: 1, description: 'the environment that is judged' },
      for: { ...durationSchema, description: 'how far back it is judged, such as 24h' },
      ready: { ...percent, description: 'the least share of the time that it was healthy, such as 99.9%' },
      errorRate: {
        type: 'object',
        description: 'the share of failed calls: { below: 1% }',
        properties: { below: percent },
        required: ['below'],
        additionalProperties: false,
      },
      latency: {
        type: 'object',
        description: 'the duration of calls: { quantile: 0.95, below: 30s }',
        properties: {
          quantile: {
            type: 'number',
            minimum: 0.5,
            maximum: 0.999,
            default: defaultQuantile,
            description: 'a quantile',
          },
          below: durationSchema,
        },
        required: ['below'],
        additionalProperties: false,
      },
      source: {
        type: ['string', 'object'],
        pattern: '^hub$',
        default: 'hub',
        description: 'where calls are counted: hub, or { prometheus: URL }',
        properties: { prometheus: { ...textSchema, description: 'the URL of a Prometheus server' } },
        required: ['prometheus'],
        additionalProperties: false,
      },
    },
    required: ['environment', 'for'],
    additionalProperties: false,
  },
  read: (entry, { environments, report }) => {
    const settings = mapOf(entry, 'healthy');
    const environment = textOf(settings, 'environment') ?? '';
    if (environment !== '' && !environments.includes(environment))
      report(
        '/healthy/environment',
        `there is no environment "${environment}"${suggest(environment, environments)}`,
      );
    const parts = ['ready', 'errorRate', 'latency'].filter((key) => child(settings, key) !== undefined);
    if (settings !== undefined && parts.length === 0)
      report('/healthy', 'one of "ready", "errorRate" or "latency" is missing');
    const latency = mapOf(settings, 'latency');
    const url = textOf(mapOf(settings, 'source'), 'prometheus');
    if (url !== undefined) {
      judgePrometheus(url, '/healthy/source/prometheus', report);
      if (!parts.some((part) => part !== 'ready'))
        report('/healthy/source', '"source" needs "errorRate" or "latency": no calls are counted');
    }
    const limits = { report, most: '30d' };
    const latencyBelow = readDuration(latency, 'below', {
      pointer: '/healthy/latency/below',
      report,
      least: '1ms',
      most: '60s',
    });
    const below = textOf(mapOf(settings, 'errorRate'), 'below');
    const ready = textOf(settings, 'ready');
    judgeShare(ready, '/healthy/ready', report);
    judgeShare(below, '/healthy/errorRate/below', report);
    return {
      question: {
        environment,
        forMs: readDuration(settings, 'for', { pointer: '/healthy/for', ...limits }) ?? 0,
        hasCalls: parts.some((part) => part !== 'ready'),
        quantile: numberOf(latency, 'quantile') ?? defaultQuantile,
        prometheus: url,
      },
      ready: ready === undefined ? undefined : parsePercent(ready),
      errorsBelow: below === undefined ? undefined : parsePercent(below),
      latencyBelow,
    };
  },
  evaluate: evaluateHealthy,
});

/** What a gate of this kind asks; `undefined` for another kind. `settings`: the gate as JSON. */
export function healthQuestionOf(settings: unknown): HealthQuestion | undefined {
  const healthy = memberOf(settings, 'healthy');
  const [environment, length] = [memberOf(healthy, 'environment'), memberOf(healthy, 'for')];
  if (typeof environment !== 'string' || typeof length !== 'string') return undefined;
  const latency = memberOf(healthy, 'latency');
  const quantile = memberOf(latency, 'quantile');
  const prometheus = memberOf(memberOf(healthy, 'source'), 'prometheus');
  return {
    environment,
    forMs: parseDuration(length) ?? 0,
    hasCalls: latency !== undefined || memberOf(healthy, 'errorRate') !== undefined,
    quantile: typeof quantile === 'number' ? quantile : defaultQuantile,
    prometheus: typeof prometheus === 'string' ? prometheus : undefined,
  };
}

function judgeShare(text: string | undefined, pointer: string, report: Say): void {
  const share = text === undefined ? undefined : parsePercent(text);
  if (share !== undefined && (share <= 0 || share > 1))
    report(pointer, `${text} is out of bounds: expected more than 0% and at most 100%`);
}

/** The key under which facts are found. */
export function healthKeyOf(question: HealthQuestion): string {
  const { environment, forMs, hasCalls, quantile, prometheus } = question;
  return JSON.stringify([environment, forMs, hasCalls, quantile, prometheus]);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}

function evaluateHealthy(config: HealthyConfig, { health, now }: GateFacts): GateAnswer {
  const { question } = config;
  const { environment, forMs } = question;
  const known = health?.get(healthKeyOf(question));
  if (known?.known !== true) {
    const sentence = `The health of ${environment} cannot be read: ${known?.why ?? 'it was not requested'}.`;
    return { verdict: 'error', sentence, evidence: [], again: now + lookAgain };
  }
  const span = known.value;
  const { since } = span;
  const asked = describeDuration(forMs);
  if (since === undefined)
    return pending(`Nothing is recorded about ${environment} yet; ${asked} are required.`, now + lookAgain);
  if (since > now - forMs) {
    const until = since + forMs;
    return pending(
      `The record of ${environment} covers ${describeDuration(now - since)}; ${asked} are required, until ${describeTime(until)}.`,
      until,
    );
  }
  const parts = judgeParts(config, span);
  const sentence = `Over ${asked}, ${environment} ${parts.map(({ text }) => text).join(', and ')}.`;
  return parts.every(({ isGood }) => isGood)
    ? { verdict: 'pass', sentence, evidence: [] }
    : pending(sentence, now + lookAgain);
}

function pending(sentence: string, again: number): GateAnswer {
  return { verdict: 'pending', sentence, evidence: [], again };
}

interface Part {
  readonly isGood: boolean;
  readonly text: string;
}

function judgeParts(config: HealthyConfig, { healthyMs, calls }: HealthSpan): readonly Part[] {
  const { question, ready, errorsBelow, latencyBelow } = config;
  const parts: Part[] = [];
  if (ready !== undefined) {
    const share = healthyMs / question.forMs;
    const text = `was healthy ${show(share)} of the time (at least ${show(ready)} is required)`;
    parts.push({ isGood: share >= ready, text });
  }
  if (!question.hasCalls) return parts;
  if (calls === undefined || calls.calls === 0)
    return [...parts, { isGood: false, text: 'has no counted calls' }];
  if (errorsBelow !== undefined) {
    const share = calls.errors / calls.calls;
    const text = `failed ${calls.errors} of ${calls.calls} calls, ${show(share)} (below ${show(errorsBelow)} is required)`;
    parts.push({ isGood: share < errorsBelow, text });
  }
  if (latencyBelow !== undefined) {
    const { quantileMs } = calls;
    const text =
      quantileMs === undefined
        ? 'has no calls with a counted duration'
        : `answered ${show(question.quantile)} of its calls within ${showMs(quantileMs)} (below ${showMs(latencyBelow)} is required)`;
    parts.push({ isGood: quantileMs !== undefined && quantileMs < latencyBelow, text });
  }
  return parts;
}

/** Rounded down, so that nothing looks better than it was. */
function show(share: number): string {
  return `${Math.floor(share * 100_000 + 1e-6) / 1000} %`;
}

function showMs(ms: number): string {
  if (ms === Infinity) return 'more than 60s';
  return ms < 1000 ? `${Math.ceil(ms)}ms` : `${Math.ceil(ms / 10) / 100}s`;
}
