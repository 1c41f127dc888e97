// The results of each environment's scheduled moments, in the state directory, so that a restart neither repeats nor
// forgets one.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { unlessAbsent } from '../../git/refs/read-ref.ts';
import type { AutoSchedule } from '../../model/pipeline/auto.ts';
import { membersOf, readJson } from '../../kernel/read-json.ts';

/** The result of one moment. Times are milliseconds since 1970. */
export interface JournalledAttempt {
  readonly moment: number;
  readonly at: number;
  readonly did: 'promoted' | 'nothing' | 'waited';
  readonly release: string | null;
  readonly sentence: string;
}

interface Noted {
  /** Another schedule starts again. */
  readonly schedule: string;
  /** The last moment that was dealt with, or when the schedule was first seen. */
  readonly last: number;
  /** The oldest first. */
  readonly attempts: readonly JournalledAttempt[];
}

/** The most attempts of one environment: two days of an hourly schedule. */
const mostKept = 48;

export class AutoJournal {
  readonly #directory: string;
  readonly #noted = new Map<string, Noted>();

  /** `directory`: a separate one in the state directory. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The moment from which the schedule continues; a new schedule begins now. Rejects with the file system's error. */
  async last(environment: string, { cron, timeZone }: AutoSchedule, now: number): Promise<number> {
    const schedule = `${timeZone} ${cron}`;
    const noted = this.#noted.get(environment) ?? (await this.#read(environment));
    if (noted?.schedule === schedule) {
      this.#noted.set(environment, noted);
      return noted.last;
    }
    await this.#write(environment, { schedule, last: now, attempts: [] });
    return now;
  }

  /**
   * Marks a moment as dealt with. `attempt` is undefined when another Hub dealt with it. Rejects with the file system's
   * error.
   */
  async note(environment: string, moment: number, attempt: JournalledAttempt | undefined): Promise<void> {
    const before = this.#noted.get(environment);
    if (before === undefined) throw new Error(`the schedule of ${environment} is not known yet`);
    const attempts = [...before.attempts, ...(attempt === undefined ? [] : [attempt])].slice(-mostKept);
    await this.#write(environment, { ...before, last: moment, attempts });
  }

  /** The oldest first. */
  attempts(environment: string): readonly JournalledAttempt[] {
    return this.#noted.get(environment)?.attempts ?? [];
  }

  async #read(environment: string): Promise<Noted | undefined> {
    const text = await unlessAbsent(readFile(this.#file(environment), 'utf8'));
    return text === undefined ? undefined : parse(text);
  }

  /** Effective once it is on disk, so that a crash cannot cause a repetition. */
  async #write(environment: string, noted: Noted): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.#file(environment), JSON.stringify(noted), { mode: 0o600 });
    this.#noted.set(environment, noted);
  }

  #file(environment: string): string {
    return join(this.#directory, `${environment}.json`);
  }
}

/** `undefined` when it was altered, or another version wrote it. */
function parse(text: string): Noted | undefined {
  const value = readJson(text);
  return isNoted(value) ? value : undefined;
}

function isNoted(value: unknown): value is Noted {
  const members = membersOf(value);
  const attempts = members.get('attempts');
  return (
    typeof members.get('schedule') === 'string' &&
    typeof members.get('last') === 'number' &&
    Array.isArray(attempts) &&
    attempts.every(isAttempt)
  );
}

function isAttempt(value: unknown): value is JournalledAttempt {
  const members = membersOf(value);
  const release = members.get('release');
  return (
    ['moment', 'at'].every((name) => typeof members.get(name) === 'number') &&
    ['promoted', 'nothing', 'waited'].some((did) => did === members.get('did')) &&
    (release === null || typeof release === 'string') &&
    typeof members.get('sentence') === 'string'
  );
}
