// When to check each environment again: a heap, so that a thousand moments cost nothing until they come.

interface Entry {
  readonly at: number;
  readonly name: string;
}

export class AgainQueue {
  /** The earliest first. An entry whose moment differs from the one in `#moments` is void. */
  readonly #heap: Entry[] = [];
  readonly #moments = new Map<string, number>();

  /** Replaces the moment of `name`; `undefined` to remove it. */
  set(name: string, at: number | undefined): void {
    if (at === undefined) {
      this.#moments.delete(name);
      return;
    }
    if (this.#moments.get(name) === at) return;
    this.#moments.set(name, at);
    this.#push({ at, name });
  }

  /** The earliest moment; `undefined` when none exists. */
  next(): number | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#moments.get(first.name) === first.at) return first.at;
      this.#pop();
    }
    return undefined;
  }

  /** Removes and returns the names whose moment has come, the earliest first. */
  due(now: number): string[] {
    const names: string[] = [];
    for (let at = this.next(); at !== undefined && at <= now; at = this.next()) {
      const first = this.#pop();
      if (first === undefined) break;
      this.#moments.delete(first.name);
      names.push(first.name);
    }
    return names;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= entry.at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]];
      const isRight = left !== undefined && right !== undefined && right.at < left.at;
      const child = isRight ? right : left;
      if (child === undefined || child.at >= last.at) break;
      heap[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    heap[index] = last;
    return first;
  }
}
