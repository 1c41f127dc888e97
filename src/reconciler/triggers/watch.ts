// How a trigger changes from check to check. Pure, with the time as a fact.
//
//   quiet ──bad for long enough──▶ firing ──good──▶ quiet       events: fired, ended
//   any ──a question fails──▶ any, with an error ──answered──▶  events: error, ended
//
// Bad time that was not observed does not count: after a gap, such as a stop of the Hub, it starts again.
import type { TriggerTest } from '../../model/pipeline/trigger.ts';
import type { Reading } from './reading.ts';

/** Milliseconds since 1970 everywhere. */
export interface Watch {
  readonly askedAt: number | undefined;
  /** Since when each check was bad. */
  readonly badSince: number | undefined;
  /** Since when each check was bad although the database answered: only this can be blamed on a release. */
  readonly blamedSince: number | undefined;
  /** The newest bad check. */
  readonly seenAt: number;
  /** Since when it fires: the `since` of its events. */
  readonly firingSince: number | undefined;
  /** Since when the question fails. */
  readonly errorSince: number | undefined;
  readonly sentence: string;
}

export interface WatchTold {
  readonly event: 'trigger-fired' | 'trigger-ended' | 'trigger-error';
  readonly since: number;
  readonly sentence: string;
}

export const beginWatch: Watch = {
  askedAt: undefined,
  badSince: undefined,
  blamedSince: undefined,
  seenAt: 0,
  firingSince: undefined,
  errorSince: undefined,
  sentence: 'It was not looked at yet.',
};

/** Milliseconds between two questions; 0 for every check. */
export function everyOf(test: TriggerTest): number {
  return 'everyMs' in test ? test.everyMs : 0;
}

/** How long it must be bad before it fires. */
export function forOf(test: TriggerTest): number {
  return 'forMs' in test ? test.forMs : 0;
}

export function isDue({ askedAt }: Watch, test: TriggerTest, now: number): boolean {
  return askedAt === undefined || now - askedAt >= everyOf(test) || now < askedAt;
}

interface Look {
  readonly reading: Reading;
  readonly now: number;
  /** Whether the database answers. */
  readonly isReachable: boolean;
}

export function nextWatch(
  watch: Watch,
  test: TriggerTest,
  { reading, now, isReachable }: Look,
): { readonly watch: Watch; readonly told: readonly WatchTold[] } {
  const { sentence } = reading;
  const { firingSince, errorSince } = watch;
  const answered: Watch = { ...watch, askedAt: now, sentence };
  if (reading.kind === 'error') {
    if (errorSince !== undefined) return { watch: answered, told: [] };
    return {
      watch: { ...answered, errorSince: now },
      told: [{ event: 'trigger-error', since: now, sentence }],
    };
  }
  const ended = (since: number | undefined): WatchTold[] =>
    since === undefined ? [] : [{ event: 'trigger-ended', since, sentence }];
  const asked: Watch = { ...answered, errorSince: undefined };
  if (reading.kind === 'good')
    return {
      watch: { ...asked, badSince: undefined, blamedSince: undefined, firingSince: undefined },
      told: [...ended(errorSince), ...ended(firingSince)],
    };
  const gap = now - watch.seenAt;
  const goesOn = watch.badSince !== undefined && gap >= 0 && gap <= longestGap(test);
  const badSince = goesOn ? (watch.badSince ?? now) : now;
  const blamedSince = isReachable ? (goesOn ? (watch.blamedSince ?? now) : now) : undefined;
  const fires = firingSince !== undefined || now - badSince >= forOf(test);
  const fired: WatchTold[] =
    fires && firingSince === undefined ? [{ event: 'trigger-fired', since: now, sentence }] : [];
  return {
    watch: {
      ...asked,
      badSince,
      blamedSince,
      seenAt: now,
      firingSince: fires ? (firingSince ?? now) : undefined,
    },
    told: [...ended(errorSince), ...fired],
  };
}

function longestGap(test: TriggerTest): number {
  return Math.max(60_000, 3 * everyOf(test));
}
