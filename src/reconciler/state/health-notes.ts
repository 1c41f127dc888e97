// Notes every 10 s, in the state directory, how long each environment has served its release healthily. An interruption
// of more than 30 s, including a stop of the Hub, starts the time again.
//
//   healthy, and noted at most 30 s ago → the stretch continues
//   not healthy for more than 30 s, or other content → the stretch ends when it was last noted
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Content } from '../../gates/admission/admission-facts.ts';
import { unlessAbsent } from '../../git/refs/read-ref.ts';
import { membersOf, readJson } from '../../kernel/read-json.ts';

/** Milliseconds since 1970. */
export interface Stretch {
  readonly since: number;
  /** When it was last noted as continuing, or when it ended. */
  readonly seen: number;
  readonly isOver: boolean;
}

export interface HealthChange {
  readonly environment: string;
  readonly content: Content;
  readonly word: 'healthy' | 'unhealthy';
  readonly since: number;
}

interface Noted extends Content {
  readonly stretch: Stretch;
  /** Its end was sent as an event. */
  readonly isTold?: boolean;
}

export const noteEvery = 10_000;
const longestGap = 30_000;
/** The most contents of one environment whose stretches are kept. */
const mostKept = 20;

export class HealthNotes {
  readonly #path: string;
  #byEnvironment = new Map<string, readonly Noted[]>();
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** An unreadable file counts as empty: the time starts again. Returns the reason. */
  async load(): Promise<string | undefined> {
    try {
      const text = await unlessAbsent(readFile(this.#path, 'utf8'));
      if (text !== undefined) this.#byEnvironment = parse(text);
      return undefined;
    } catch (error) {
      return `${this.#path} cannot be read: ${String(error)}`;
    }
  }

  /** Notes the state of an environment; returns what changed. `content` is undefined when it serves nothing. */
  note(
    environment: string,
    content: Content | undefined,
    { isHealthy, now }: { readonly isHealthy: boolean; readonly now: number },
  ): HealthChange[] {
    const list = this.#byEnvironment.get(environment) ?? [];
    const open = list.findLast(({ stretch }) => !stretch.isOver);
    const goesOn = open !== undefined && content !== undefined && isSame(open, content);
    const isGap = open !== undefined && now - open.stretch.seen > longestGap;
    const changes: HealthChange[] = [];
    let next = list;
    if (open !== undefined && (!goesOn || isGap)) {
      const ended = { ...open, stretch: { ...open.stretch, isOver: true }, isTold: goesOn };
      next = next.map((one) => (one === open ? ended : one));
      if (goesOn) changes.push(changeOf(environment, open, 'unhealthy', open.stretch.seen));
    } else if (open !== undefined && isHealthy)
      next = next.map((one) => (one === open ? { ...one, stretch: { ...one.stretch, seen: now } } : one));
    if (content !== undefined && isHealthy && (!goesOn || isGap)) {
      const isRecovery = next.some((one) => isSame(one, content));
      const last = next.at(-1);
      // After a restart: that it was unhealthy meanwhile was not sent yet.
      const isUntold = open === undefined && last?.isTold === false && isLong(last, now);
      if (isUntold && isSame(last, content))
        changes.push(changeOf(environment, content, 'unhealthy', last.stretch.seen));
      if (isRecovery && (goesOn || open === undefined))
        changes.push(changeOf(environment, content, 'healthy', now));
      next = [...next, { ...content, stretch: { since: now, seen: now, isOver: false } }];
    }
    this.#byEnvironment.set(environment, forgetShort(next));
    return changes;
  }

  /** Stretches of one content. */
  of(environment: string, content: Content): readonly Stretch[] {
    const list = this.#byEnvironment.get(environment) ?? [];
    return list.flatMap((one) => (isSame(one, content) ? [one.stretch] : []));
  }

  /**
   * The newest noted interruption: from when the environment was last seen healthy with its content until it was seen
   * so again; `until` is undefined while it lasts. `undefined` when none exists.
   */
  interruption(
    environment: string,
  ): { readonly from: number; readonly until: number | undefined } | undefined {
    const [newest, before] = (this.#byEnvironment.get(environment) ?? []).toReversed();
    if (newest === undefined) return undefined;
    if (newest.stretch.isOver) return { from: newest.stretch.seen, until: undefined };
    if (before === undefined || !isSame(before, newest)) return undefined;
    return { from: before.stretch.seen, until: newest.stretch.since };
  }

  /** Resolves when the notes are on disk. Rejects with the file system's error. */
  write(): Promise<void> {
    const written = this.#writing.then(async () => {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await writeFileAtomic(this.#path, JSON.stringify([...this.#byEnvironment]), { mode: 0o600 });
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

/** Of each content the longest ended stretch and the current one; of all, the two newest. */
function forgetShort(list: readonly Noted[]): readonly Noted[] {
  const length = ({ stretch }: Noted): number => stretch.seen - stretch.since;
  const kept = list.filter(
    (one, i) =>
      i >= list.length - 2 ||
      !one.stretch.isOver ||
      !list.some(
        (other) =>
          other !== one && isSame(other, one) && other.stretch.isOver && length(other) >= length(one),
      ),
  );
  return kept.slice(-mostKept);
}

function isLong({ stretch }: Noted, now: number): boolean {
  return now - stretch.seen > longestGap;
}

function changeOf(
  environment: string,
  { release, digest }: Content,
  word: HealthChange['word'],
  since: number,
): HealthChange {
  return { environment, content: { release, digest }, word, since };
}

function isSame(a: Content, b: Content): boolean {
  return a.release === b.release && a.digest === b.digest;
}

function parse(text: string): Map<string, readonly Noted[]> {
  const found = new Map<string, readonly Noted[]>();
  const value = readJson(text);
  for (const pair of Array.isArray(value) ? value : []) {
    const [name, list]: unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof name === 'string' && Array.isArray(list) && list.every(isNoted)) found.set(name, list);
  }
  return found;
}

function isNoted(value: unknown): value is Noted {
  const members = membersOf(value);
  const stretch = membersOf(members.get('stretch'));
  return (
    ['release', 'digest'].every((name) => typeof members.get(name) === 'string') &&
    ['since', 'seen'].every((name) => typeof stretch.get(name) === 'number') &&
    typeof stretch.get('isOver') === 'boolean'
  );
}
