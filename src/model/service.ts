// The services of an environment: programs beside the Hub that should run the same release. `stk release verify` asks them.

export type Service = HttpService | CommandService;

interface AnyService {
  readonly name: string;
  /** What its version must be: the id of the release, or the release's `ref`. */
  readonly expect: 'release' | 'ref';
}

export interface HttpService extends AnyService {
  readonly kind: 'http';
  readonly url: string;
  /** Where its answer tells the version: a JSON pointer into the body, or a header. */
  readonly version: { readonly pointer: string } | { readonly header: string };
}

/** Its version is what the command prints. */
export interface CommandService extends AnyService {
  readonly kind: 'command';
  /** Program and arguments; no shell. */
  readonly command: readonly string[];
}
