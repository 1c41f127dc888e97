// Every limit on what a Hub accepts from the network. A project's own settings are in its stk.yaml.

export interface HubLimits {
  /** Open connections; more are dropped. */
  readonly connections: number;
  /** Milliseconds for a request's headers, and for the whole request, to arrive; afterwards 408. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** How often the two are checked, in milliseconds. */
  readonly timeoutCheck: number;
  /** Milliseconds that an idle connection is kept; longer than a load balancer's minute. */
  readonly keepAliveTimeout: number;
  /** Most bytes of a request's headers; above it 431. */
  readonly headerBytes: number;
  /** Running calls in the whole Hub (above it 503 `overloaded`) and in one environment (above it 429). */
  readonly concurrentCalls: number;
  readonly concurrentCallsPerEnvironment: number;
  /** Open event streams, beside the connections above; above it 429. */
  readonly listeners: number;
  /** Milliseconds between two heartbeats of a stream; a client that reads nothing in between is dropped. */
  readonly heartbeat: number;
  /** Concurrent checks, promotions and rollbacks; above it 429. */
  readonly concurrentChanges: number;
  /** Bytes of request bodies held at once, except those that arrived in one piece; above it 503 `overloaded`. */
  readonly heldBodies: number;
  /** Bytes of a control plane request's body, and of one with a release document. A webhook's is read, not held. */
  readonly controlBody: number;
  readonly documentBody: number;
  readonly webhookBody: number;
  /** Nesting depth of a JSON body. */
  readonly jsonDepth: number;
  /** Milliseconds that a promotion waits until its commit is served, and a sync for its fetch. */
  readonly settleTimeout: number;
  readonly syncTimeout: number;
  /** Milliseconds for calls in flight to finish when the Hub stops. */
  readonly shutdownTimeout: number;
}

export const defaultHubLimits: HubLimits = {
  connections: 1_024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  timeoutCheck: 1_000,
  keepAliveTimeout: 65_000,
  headerBytes: 16 * 1024,
  concurrentCalls: 1_000,
  concurrentCallsPerEnvironment: 500,
  listeners: 1_000,
  heartbeat: 15_000,
  concurrentChanges: 32,
  heldBodies: 256 * 1024 * 1024,
  controlBody: 64 * 1024,
  documentBody: 4 * 1024 * 1024,
  webhookBody: 32 * 1024 * 1024,
  jsonDepth: 100,
  settleTimeout: 15_000,
  syncTimeout: 8_000,
  shutdownTimeout: 9_000,
};
