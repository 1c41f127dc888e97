// What was made of release files by blob id, the most recently used of them, so that going back and forth between two
// releases makes nothing anew. Knows nothing of environments.

export class BlobCache<T> {
  readonly #most: number;
  readonly #byBlob = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  get(blob: string): T | undefined {
    const compiled = this.#byBlob.get(blob);
    if (compiled !== undefined) {
      this.#byBlob.delete(blob);
      this.#byBlob.set(blob, compiled);
    }
    return compiled;
  }

  set(blob: string, compiled: T): void {
    this.#byBlob.delete(blob);
    this.#byBlob.set(blob, compiled);
    for (const oldest of this.#byBlob.keys()) {
      if (this.#byBlob.size <= this.#most) break;
      this.#byBlob.delete(oldest);
    }
  }
}
