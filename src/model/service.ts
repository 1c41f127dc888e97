// The services of an environment: programs beside the Hub that should run the same release. `stk release verify` checks
// them.

export type Service = HttpService | CommandService;

interface AnyService {
  readonly name: string;
  /** The expected version: the id of the release, or the release's `ref`. */
  readonly expect: 'release' | 'ref';
}

export interface HttpService extends AnyService {
  readonly kind: 'http';
  readonly url: string;
  /** Where its answer has the version: a JSON pointer into the body, or a header. */
  readonly version: { readonly pointer: string } | { readonly header: string };
}

/** Its version is the command's output. */
export interface CommandService extends AnyService {
  readonly kind: 'command';
  /** Program and arguments; no shell. */
  readonly command: readonly string[];
}
