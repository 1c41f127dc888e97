// Moves that this Hub has undone, in the state directory: which pointer commits it never activates again, and the
// content of the rollback commits. On disk before anything is done, so that a crash at any step has one outcome.
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { unlessAbsent } from '../../git/refs/read-ref.ts';

export const undoCauses = ['smoke', 'canary', 'trigger'] as const;
export type UndoCause = (typeof undoCauses)[number];

export interface UndoneMove {
  readonly environment: string;
  /** The undone release. */
  readonly release: string;
  readonly digest: string;
  /** The pointer commit that requested it. */
  readonly revision: string;
  /** Blob of the pointer file that the decision is based on: if the tip has another one, nothing is committed. */
  readonly pointer: string;
  /** The release that the pointer is to name. */
  readonly to: string;
  readonly cause: UndoCause;
  /** The reason, in one line. */
  readonly reason: string;
  /** The time of the decision; milliseconds since 1970. */
  readonly at: number;
  /** Whether automatic forward moves are held. */
  readonly isHeld: boolean;
  /** Whether the commit opens an incident. */
  readonly hasIncident: boolean;
  /** Further trailers of the commit, by name. */
  readonly trailers?: Readonly<Record<string, string>> | undefined;
  /** Further files of the commit: path → text. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** The commit also freezes the environment, for this reason; absent when it does not. */
  readonly freeze?: string | undefined;
  /** The rollback commit exists, or somebody else has moved the pointer since. */
  readonly isSettled: boolean;
}

/** The most moves of one environment. */
const mostKept = 1_000;

export class UndoneMoves {
  readonly #directory: string;
  readonly #byEnvironment = new Map<string, readonly UndoneMove[]>();
  #writing: Promise<void> = Promise.resolve();

  /** `directory`: a separate one in the state directory, created on first use. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Returns the reason when the file is unreadable. Call it once before the others. */
  async load(environment: string): Promise<string | undefined> {
    const path = this.#file(environment);
    try {
      const text = await unlessAbsent(readFile(path, 'utf8'));
      if (text === undefined) return undefined;
      const value: unknown = JSON.parse(text);
      if (!Array.isArray(value) || !value.every(isUndoneMove)) return `${path} is not of this version`;
      this.#byEnvironment.set(environment, value);
      return undefined;
    } catch (error) {
      return `${path} cannot be read: ${String(error)}`;
    }
  }

  /** The oldest first. */
  of(environment: string): readonly UndoneMove[] {
    return this.#byEnvironment.get(environment) ?? [];
  }

  find(environment: string, revision: string): UndoneMove | undefined {
    return this.of(environment).findLast((one) => one.revision === revision);
  }

  /** The move whose rollback is not committed yet. */
  pending(environment: string): UndoneMove | undefined {
    return this.of(environment).findLast(({ isSettled }) => !isSettled);
  }

  /** Effective at once; resolves when it is on disk. A later one settles earlier ones. Rejects with the file system's error. */
  note(move: UndoneMove): Promise<void> {
    const { environment } = move;
    const before = this.of(environment).map((one) => ({ ...one, isSettled: true }));
    this.#byEnvironment.set(environment, [...before, move].slice(-mostKept));
    return this.#write(environment);
  }

  /** Nothing more needs to be committed for it. */
  settle({ environment, revision }: UndoneMove): Promise<void> {
    const list = this.of(environment);
    const settled = list.map((one) => (one.revision === revision ? { ...one, isSettled: true } : one));
    this.#byEnvironment.set(environment, settled);
    return this.#write(environment);
  }

  #write(environment: string): Promise<void> {
    const written = this.#writing.then(async () => {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const text = JSON.stringify(this.of(environment));
      await writeFileAtomic(this.#file(environment), text, { mode: 0o600 });
      const folder = await open(this.#directory, 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }

  #file(environment: string): string {
    return join(this.#directory, `${environment}.json`);
  }
}

function isUndoneMove(value: unknown): value is UndoneMove {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  const texts = ['environment', 'release', 'digest', 'revision', 'pointer', 'to', 'reason'];
  const flags = ['isHeld', 'hasIncident', 'isSettled'];
  return (
    texts.every((name) => typeof members.get(name) === 'string') &&
    flags.every((name) => typeof members.get(name) === 'boolean') &&
    typeof members.get('at') === 'number' &&
    undoCauses.some((cause) => cause === members.get('cause'))
  );
}
