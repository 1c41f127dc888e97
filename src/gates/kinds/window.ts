// Gate `window`: now is inside an allowed window and in no denied one. A window opens by its schedule, in the wall
// clock of its time zone, and stays open for a fixed time.
import { judgeTimeZone, readCron } from '../../documents/project/cron-starts.ts';
import { defineGateKind } from '../define-gate-kind.ts';
import { describeTime } from '../describe-time.ts';
import type { Starts } from '../../model/pipeline/auto.ts';
import type { DocumentSchema } from '../../documents/schemas/document-schema.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateContext } from '../../documents/project/gate-kind.ts';
import { readDuration } from '../../documents/project/judge-people.ts';
import { durationSchema } from '../../documents/schemas/value-schemas.ts';
import type { TreeMap } from '../../documents/yaml/document-tree.ts';
import { child, itemsOf, mapOf, textOf } from '../../documents/yaml/tree-reader.ts';

interface Opening {
  readonly starts: Starts;
  readonly length: number;
}

interface WindowConfig {
  /** `undefined` means always, unless denied. */
  readonly allow: readonly Opening[] | undefined;
  readonly deny: readonly Opening[];
}

/** How many openings and closings are searched for the next change; after that, it is evaluated again. */
const maxSteps = 200;

const openings: DocumentSchema = {
  type: 'array',
  minItems: 1,
  maxItems: 50,
  description: 'a list of { cron: "0 9 * * 1-4", for: 8h }',
  items: {
    type: 'object',
    description: 'when it begins and how long it lasts: { cron: "0 9 * * 1-4", for: 8h }',
    properties: {
      cron: { type: 'string', minLength: 1, maxLength: 128, description: 'five fields of cron' },
      for: durationSchema,
    },
    required: ['cron', 'for'],
    additionalProperties: false,
  },
};

export const windowKind = defineGateKind<WindowConfig>({
  kind: 'window',
  inHotfix: false,
  schema: {
    type: 'object',
    description: 'when a release may enter: { allow: […], deny: […], timeZone: Europe/Berlin }',
    minProperties: 1,
    properties: {
      allow: openings,
      deny: openings,
      timeZone: {
        type: 'string',
        maxLength: 64,
        default: 'UTC',
        description: 'a time zone such as Europe/Berlin',
      },
    },
    additionalProperties: false,
  },
  read: (entry, context) => {
    const settings = mapOf(entry, 'window');
    const zone = textOf(settings, 'timeZone') ?? 'UTC';
    const wrong = judgeTimeZone(zone);
    if (wrong !== undefined) context.report('/window/timeZone', wrong);
    const read = (key: 'allow' | 'deny'): Opening[] =>
      wrong === undefined ? readOpenings(settings, key, zone, context) : [];
    const hasAllow = child(settings, 'allow') !== undefined;
    if (settings !== undefined && !hasAllow && child(settings, 'deny') === undefined)
      context.report('/window', 'one of "allow" or "deny" is missing');
    return { allow: hasAllow ? read('allow') : undefined, deny: read('deny') };
  },
  evaluate: (config, { now }): GateAnswer => {
    const isOpen = isOpenAt(config, now);
    const again = findChange(config, now, isOpen);
    const found = { evidence: [], again: again?.at };
    const when = again?.isChange === true ? describeTime(again.at) : undefined;
    if (isOpen)
      return {
        ...found,
        verdict: 'pass',
        sentence: `The window is open${when === undefined ? '' : ` until ${when}`}.`,
      };
    return {
      ...found,
      verdict: 'pending',
      sentence:
        when === undefined
          ? 'The window is closed, and it does not open again within the time that stk searches.'
          : `The window is closed; it opens at ${when}.`,
    };
  },
});

function readOpenings(
  settings: TreeMap | undefined,
  key: 'allow' | 'deny',
  zone: string,
  { report }: GateContext,
): Opening[] {
  return itemsOf(settings, key).flatMap((item, i): Opening[] => {
    if (item.kind !== 'map') return [];
    const pointer = `/window/${key}/${i}`;
    const length = readDuration(item, 'for', { pointer: `${pointer}/for`, report, least: '1m', most: '31d' });
    const cron = textOf(item, 'cron') ?? '';
    try {
      return [{ starts: readCron(cron, zone), length: length ?? 0 }];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      report(`${pointer}/cron`, `"${cron}" is not a schedule: ${why}`);
      return [];
    }
  });
}

function isOpenAt({ allow, deny }: WindowConfig, at: number): boolean {
  return (
    (allow === undefined || allow.some((one) => isInside(one, at))) && !deny.some((one) => isInside(one, at))
  );
}

/** It began within its length before `at`, or at `at`. */
function isInside({ starts, length }: Opening, at: number): boolean {
  const start = starts.next(at - length);
  return start !== undefined && start <= at;
}

/** The next moment at which it opens or closes; or, after many without a change, a moment to evaluate again. */
function findChange(
  config: WindowConfig,
  now: number,
  isOpen: boolean,
): { readonly at: number; readonly isChange: boolean } | undefined {
  const all = [...(config.allow ?? []), ...config.deny];
  let at = now;
  for (let step = 0; step < maxSteps; step += 1) {
    const next = Math.min(...all.map((one) => nextEdge(one, at)));
    if (next === Infinity) return undefined;
    at = next;
    if (isOpenAt(config, at) !== isOpen) return { at, isChange: true };
  }
  return { at, isChange: false };
}

/** The next start or end after `at`. */
function nextEdge({ starts, length }: Opening, at: number): number {
  const running = starts.next(at - length) ?? Infinity;
  if (running > at) return running;
  // Asked from the start: the check whether it is still open at its end asks the same, and each answer is cached.
  const following = starts.next(running) ?? Infinity;
  const start = following > at ? following : (starts.next(at) ?? Infinity);
  return Math.min(start, running + length);
}
