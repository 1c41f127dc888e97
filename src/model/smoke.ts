// Smoke tests: what must work according to a release or an environment, before the swap and after it. Durations are
// milliseconds.
import type { Json, JsonObject } from '../kernel/json.ts';

export type SmokeTest = SmokeCall | SmokeHttp;

interface AnySmokeTest {
  readonly name: string;
  /** Name → JSON pointer into the answer; later URLs, inputs and bodies use the value as `{name}`. */
  readonly save: Readonly<Record<string, string>>;
  /** For all attempts together. */
  readonly within: number;
}

/** Calls an operation in the Hub's process, in a transaction that is rolled back. */
export interface SmokeCall extends AnySmokeTest {
  readonly kind: 'call';
  readonly operation: string;
  readonly role: string;
  readonly input: Json;
  readonly expect: CallExpectation;
}

/** A part that is undefined is not compared. */
export interface CallExpectation {
  /** The call is refused with this code; `undefined` when the call succeeds. */
  readonly code: string | undefined;
  /** Compared in part. */
  readonly result: Json | undefined;
  /** A JSON Schema of the result. */
  readonly schema: JsonObject | boolean | undefined;
}

/** Sends a request over the network. */
export interface SmokeHttp extends AnySmokeTest {
  readonly kind: 'http';
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Header → name of the environment variable with its value. */
  readonly headersFrom: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
  readonly expect: HttpExpectation;
}

export interface HttpExpectation {
  /** `undefined` for 200 to 299. */
  readonly status: number | undefined;
  /** Compared in part. */
  readonly body: Json | undefined;
  /** A JSON Schema of the body. */
  readonly schema: JsonObject | boolean | undefined;
}
