// The Hubs of a project when environments have separate ones: questions about one environment go to its Hub, and the
// rest to the Hub of the project.
import { createHubClient, type HubClient, type HubClientOptions } from './hub-client.ts';
import type { HubAddress } from './hub-address.ts';

export interface RoutedHubOptions extends HubClientOptions {
  /** `undefined` for the Hub at `address`. */
  readonly addressOf: (environment: string) => HubAddress | undefined;
}

export function createRoutedHub(options: RoutedHubOptions): HubClient {
  const { addressOf, ...rest } = options;
  const clients = new Map<string, HubClient>();
  const clientAt = (address: HubAddress): HubClient => {
    const key = JSON.stringify([address.url, address.token]);
    const client = clients.get(key) ?? createHubClient({ ...rest, address });
    clients.set(key, client);
    return client;
  };
  const common = clientAt(options.address);
  const of = (environment: string): HubClient => {
    const own = addressOf(environment);
    return own === undefined ? common : clientAt(own);
  };
  return {
    ...common,
    of,
    environment: (project, environment) => of(environment).environment(project, environment),
    history: (project, environment, limit) => of(environment).history(project, environment, limit),
    check: (project, environment, ...question) => of(environment).check(project, environment, ...question),
    matrix: (project, environment, limit) => of(environment).matrix(project, environment, limit),
    smoke: (project, environment, release) => of(environment).smoke(project, environment, release),
    gates: (project, environment, query) => of(environment).gates(project, environment, query),
    rollbackTarget: (project, environment, kind) =>
      of(environment).rollbackTarget(project, environment, kind),
    releases: (project, query) =>
      (query.environment === undefined ? common : of(query.environment)).releases(project, query),
    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}
