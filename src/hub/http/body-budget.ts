// How many bytes of request bodies the Hub holds at once, all connections together. A body that came in one piece is not
// counted: it is small, and most are such.

export class BodyBudget {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** False: there is no room, and nothing was taken. Otherwise give() must follow. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
