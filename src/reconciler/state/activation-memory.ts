// What this Hub activated, by environment, in the state directory: its own memory, for when the records branch is gone
// or was never written. One file for each environment, completely rewritten after an activation.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Content } from '../../gates/admission/admission-facts.ts';
import { unlessAbsent } from '../../git/refs/read-ref.ts';
import { moveClasses, type MoveClass } from '../../model/pipeline/record.ts';
import { readJson } from '../../kernel/read-json.ts';

/** One activation, the oldest first in its file. */
export interface Remembered extends Content {
  /** The pointer commit. */
  readonly revision: string;
  readonly class: MoveClass;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The result of its smoke tests after the swap; `none` when there were none. Absent while they have not ended. */
  readonly smoke?: SmokeEnd | undefined;
}

export type SmokeEnd = 'passed' | 'failed' | 'none';

/** The most activations of one environment. */
const mostKept = 1_000;

export class ActivationMemory {
  readonly #directory: string;
  readonly #byEnvironment = new Map<string, readonly Remembered[]>();
  #writing: Promise<void> = Promise.resolve();

  readonly #isUndone: (environment: string, revision: string) => boolean;

  /** `directory`: a separate one in the state directory, created on first use. `isUndone`: by its pointer commit. */
  constructor(directory: string, isUndone: (environment: string, revision: string) => boolean) {
    this.#directory = directory;
    this.#isUndone = isUndone;
  }

  /** An unreadable file counts as empty; returns the reason. Call it once before the others. */
  async load(environment: string): Promise<string | undefined> {
    const path = this.#file(environment);
    let text: string | undefined;
    try {
      text = await unlessAbsent(readFile(path, 'utf8'));
    } catch (error) {
      return `${path} cannot be read: ${String(error)}`;
    }
    if (text === undefined) return undefined;
    const list = parse(text);
    if (list === undefined) return `${path} is not of this version, or was altered`;
    this.#byEnvironment.set(environment, list);
    return undefined;
  }

  /** `undone`: it was activated, and this Hub undid every activation. */
  ran(environment: string, content: Content): 'ran' | 'undone' | 'unknown' {
    const found = this.of(environment).filter((one) => isSame(one, content));
    if (found.length === 0) return 'unknown';
    return found.some(({ revision }) => !this.#isUndone(environment, revision)) ? 'ran' : 'undone';
  }

  /** Whether this Hub undid the activation of a pointer commit. */
  isUndoneIn(environment: string): (revision: string) => boolean {
    return (revision) => this.#isUndone(environment, revision);
  }

  /** The last activation that was not undone. */
  last(environment: string): Remembered | undefined {
    return this.of(environment).findLast(({ revision }) => !this.#isUndone(environment, revision));
  }

  /** The oldest first. */
  of(environment: string): readonly Remembered[] {
    return this.#byEnvironment.get(environment) ?? [];
  }

  /** How the environment left a content that it served; `undefined` when it did not, or that is unknown. */
  left(environment: string, content: Content): MoveClass | undefined {
    const list = this.of(environment);
    const last = list.findLastIndex((one) => isSame(one, content));
    return last < 0 ? undefined : list.slice(last + 1).find((one) => !isSame(one, content))?.class;
  }

  /** For the newest activation of the content whose tests ended; `undefined` when unknown. */
  smokeOf(environment: string, content: Content): SmokeEnd | undefined {
    return this.of(environment).findLast((one) => isSame(one, content) && one.smoke !== undefined)?.smoke;
  }

  /** As `add`: the result of the smoke tests for the newest activation of the content. */
  noteSmoke(environment: string, content: Content, smoke: SmokeEnd): Promise<void> {
    const list = this.of(environment);
    const last = list.findLastIndex((one) => isSame(one, content));
    if (last < 0 || list[last]?.smoke === smoke) return Promise.resolve();
    return this.#keep(
      environment,
      list.map((one, i) => (i === last ? { ...one, smoke } : one)),
    );
  }

  /** Effective at once; resolves when it is on disk. Rejects with the file system's error. */
  add(environment: string, activation: Remembered): Promise<void> {
    return this.#keep(environment, [...this.of(environment), activation].slice(-mostKept));
  }

  #keep(environment: string, list: readonly Remembered[]): Promise<void> {
    this.#byEnvironment.set(environment, list);
    const written = this.#writing.then(async () => {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const text = JSON.stringify(this.of(environment));
      await writeFileAtomic(this.#file(environment), text, { mode: 0o600 });
    });
    // The next one is written anyway; the caller of this one gets the error.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async settled(): Promise<void> {
    await this.#writing;
  }

  #file(environment: string): string {
    return join(this.#directory, `${environment}.json`);
  }
}

function isSame(a: Content, b: Content): boolean {
  return a.release === b.release && a.digest === b.digest;
}

function parse(text: string): readonly Remembered[] | undefined {
  const value = readJson(text);
  return Array.isArray(value) && value.every(isRemembered) ? value : undefined;
}

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  const isText = (name: string): boolean => typeof members.get(name) === 'string';
  return (
    ['release', 'digest', 'revision'].every(isText) &&
    typeof members.get('at') === 'number' &&
    moveClasses.some((one) => one === members.get('class'))
  );
}
