// Compiled releases by blob id, the most recently used ones, so that going back and forth between two releases
// compiles nothing. Knows nothing of environments.
import type { CompiledRelease } from '../serving/compiled-release.ts';

export class CompiledCache {
  readonly #most: number;
  readonly #byBlob = new Map<string, CompiledRelease>();

  constructor(most: number) {
    this.#most = most;
  }

  get(blob: string): CompiledRelease | undefined {
    const compiled = this.#byBlob.get(blob);
    if (compiled !== undefined) {
      this.#byBlob.delete(blob);
      this.#byBlob.set(blob, compiled);
    }
    return compiled;
  }

  set(blob: string, compiled: CompiledRelease): void {
    this.#byBlob.delete(blob);
    this.#byBlob.set(blob, compiled);
    for (const oldest of this.#byBlob.keys()) {
      if (this.#byBlob.size <= this.#most) break;
      this.#byBlob.delete(oldest);
    }
  }
}
