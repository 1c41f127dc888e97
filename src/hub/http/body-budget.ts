// Limits the bytes of request bodies that the Hub holds at once, over all connections. A body that arrived in one piece
// is not counted: most are, and they are small.

export class BodyBudget {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** False when there is no room, and nothing was taken. Otherwise give() must follow. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
