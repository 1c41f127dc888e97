// When a commit counts as made: at its committer date or that of its newest ancestor, whichever is later. So nobody can
// date a commit back to a time when a key was still valid.
import { gitText } from '../process/run-git.ts';

export class CommitTimes {
  readonly #at: { readonly gitDirectory: string; readonly environment: Readonly<Record<string, string>> };
  /** Seconds since 1970, for every visited commit. */
  readonly #times = new Map<string, number>();
  #known: readonly string[] = [];
  #walking: Promise<unknown> = Promise.resolve();

  constructor(at: { readonly gitDirectory: string; readonly environment: Readonly<Record<string, string>> }) {
    this.#at = at;
  }

  /** Milliseconds since 1970. Visits new commits behind `revision` once. */
  async of(revision: string): Promise<number> {
    if (!this.#times.has(revision)) {
      const walk = this.#walking.then(() => this.#walk(revision));
      // The queue continues after a failure; the caller gets the error.
      this.#walking = walk.catch(() => undefined);
      await walk;
    }
    return (this.#times.get(revision) ?? 0) * 1000;
  }

  async #walk(tip: string): Promise<void> {
    if (this.#times.has(tip)) return;
    const text = await gitText({
      directory: this.#at.gitDirectory,
      environment: this.#at.environment,
      args: ['rev-list', '--topo-order', '--reverse', '--timestamp', '--parents', '--stdin'],
      input: `${tip}\n${this.#known.map((id) => `^${id}\n`).join('')}`,
      timeout: 300_000,
    });
    for (const line of text === '' ? [] : text.split('\n')) {
      const [time, id = '', ...parents] = line.split(' ');
      this.#times.set(id, Math.max(Number(time), ...parents.map((parent) => this.#times.get(parent) ?? 0)));
    }
    // Both branches, and some side branches.
    this.#known = [tip, ...this.#known].slice(0, 20);
  }
}
