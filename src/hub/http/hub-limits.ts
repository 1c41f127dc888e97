// Every number that bounds what a Hub takes from the network. What a project sets itself stands in its stk.yaml.

export interface HubLimits {
  /** Open connections; more are dropped. */
  readonly connections: number;
  /** Milliseconds for a request's headers, and for the whole request, to arrive; then 408. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** How often the two are looked at, milliseconds. */
  readonly timeoutCheck: number;
  /** Milliseconds that an idle connection is kept; longer than a load balancer's minute. */
  readonly keepAliveTimeout: number;
  /** Bytes of a request's headers; then 431. */
  readonly headerBytes: number;
  /** Calls at work in the whole Hub (then 503 `overloaded`) and in one environment (then 429). */
  readonly concurrentCalls: number;
  readonly concurrentCallsPerEnvironment: number;
  /** Open streams of events, beside the connections above; then 429. */
  readonly listeners: number;
  /** Milliseconds between two heartbeats of a stream; who took nothing between two is dropped. */
  readonly heartbeat: number;
  /** Checks, promotions and rollbacks at work at once; then 429. */
  readonly concurrentChanges: number;
  /** Bytes of request bodies held at once, those that came in one piece apart; then 503 `overloaded`. */
  readonly heldBodies: number;
  /** Bytes of a control plane request's body; of one that brings a release document. A webhook's is read, not held. */
  readonly controlBody: number;
  readonly documentBody: number;
  readonly webhookBody: number;
  /** Nesting of a JSON body. */
  readonly jsonDepth: number;
  /** Milliseconds that a promotion waits for its commit to be served, and a sync for its fetch. */
  readonly settleTimeout: number;
  readonly syncTimeout: number;
  /** Milliseconds that calls in flight get to finish when the Hub stops. */
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
