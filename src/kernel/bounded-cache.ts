// A map that drops the least recently used entries once their weights exceed a limit.
import { LRUCache } from 'lru-cache';

export class BoundedCache<V> {
  readonly #entries: LRUCache<string, { readonly value: V }>;

  /** `limit`: the most that the weights of all entries may add up to. A heavier entry is not kept. */
  constructor(limit: number) {
    this.#entries = new LRUCache({ maxSize: limit });
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: V, weight = 1): void {
    // An empty text also has a weight.
    this.#entries.set(key, { value }, { size: Math.max(weight, 1) });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
