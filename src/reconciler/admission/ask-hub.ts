// Asks the Hub of another environment what it serves there, within 5 seconds.
import { StkError } from '../../kernel/errors.ts';
import type { SourceState } from '../../model/pipeline/gate-facts.ts';
import type { HubSetting } from '../../model/pipeline/pipeline.ts';
import { membersOf } from '../../kernel/read-json.ts';

export interface ToldByHub {
  /** `undefined` when it serves nothing. */
  readonly release: string | undefined;
  /** Git blob id of its file; `undefined` when that Hub does not report it. */
  readonly digest: string | undefined;
  /** Milliseconds since 1970; `undefined` when it is not healthy, or that Hub does not report it. */
  readonly healthySince: number | undefined;
  /** The result of its smoke tests; `none` when none exist. `undefined` when that Hub does not report it. */
  readonly smoke: SourceState['smoke'];
}

/** Rejects with `hub-unavailable` when there is no answer. */
export type AskHub = (environment: string, address: HubSetting | undefined) => Promise<ToldByHub>;

export interface AskHubOptions {
  project(): string;
  /** Value of an environment variable for a request to this URL. */
  secret(name: string, url: string): string | undefined;
}

const answerWithin = 5_000;

export function createAskHub({ project, secret }: AskHubOptions): AskHub {
  return async (environment, address) => {
    if (address === undefined)
      throw new StkError(
        'hub-unavailable',
        `this Hub does not serve ${environment}, and stk.yaml names no Hub for it`,
        { hint: `Name it: environments.${environment}.hub: URL` },
      );
    const path = `/api/v1/projects/${project()}/environments/${environment}`;
    const url = `${address.url.replace(/\/$/, '')}${path}`;
    const token = address.tokenFrom === undefined ? undefined : secret(address.tokenFrom, url);
    const members = await ask(url, token);
    const serving = membersOf(members.get('serving'));
    const [release, digest, since] = ['release', 'digest', 'healthySince'].map((name) => serving.get(name));
    // When another release is desired than served, the condition is not about the served one.
    const isSettled = membersOf(members.get('desired')).get('release') === release;
    const healthySince = typeof since === 'string' ? Date.parse(since) : Number.NaN;
    return {
      release: typeof release === 'string' ? release : undefined,
      digest: typeof digest === 'string' ? digest : undefined,
      healthySince: Number.isNaN(healthySince) ? undefined : healthySince,
      smoke: isSettled ? smokeOf(members.get('conditions')) : undefined,
    };
  };
}

/** From its condition SmokePassed. */
function smokeOf(conditions: unknown): SourceState['smoke'] {
  const list: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  const found = list.map(membersOf).find((one) => one.get('type') === 'SmokePassed');
  switch (found?.get('reason')) {
    case 'TestsPassed':
      return 'passed';
    case 'SmokeFailed':
      return 'failed';
    case 'NoTestsRan':
      return 'none';
    default:
      return undefined;
  }
}

async function ask(url: string, token: string | undefined): Promise<ReadonlyMap<string, unknown>> {
  const { host } = new URL(url);
  try {
    const response = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(answerWithin),
    });
    if (!response.ok) throw new Error(`it answered with status ${response.status}`);
    return membersOf(await response.json());
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new StkError('hub-unavailable', `the Hub at ${host} did not answer: ${why}`, { cause: thrown });
  }
}
