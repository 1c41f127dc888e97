// The Hub's databases: servers by the URL that a variable holds, and the one embedded cluster of the state directory,
// made when the first environment needs it.
import type { HubWorld } from './hub-world.ts';
import { DatabaseServers } from '../database/postgres/database-servers.ts';
import { openEmbedded, type EmbeddedCluster } from '../database/embedded/embedded-cluster.ts';
import { StkError } from '../kernel/errors.ts';
import type { OpenDatabase } from '../reconciler/database-handles.ts';
import type { Log } from '../reconciler/log.ts';

export interface Databases {
  readonly open: OpenDatabase;
  close(): Promise<void>;
}

/** The embedded cluster is made when the first environment needs it. */
export function openDatabases(
  directory: string,
  { clock, variables, stderr }: HubWorld,
  log: Pick<Log, 'warn'>,
  isAllowed: (variable: string) => boolean = () => true,
): Databases {
  const servers = new DatabaseServers(clock, ({ kind, ...fields }) =>
    log.warn(
      fields,
      kind === 'changed'
        ? 'a session was closed, because a statement had changed its settings'
        : 'the login role is a superuser: anybody who can push a release could do anything on the server',
    ),
  );
  let cluster: Promise<EmbeddedCluster> | undefined;
  const onProgress = (message: string): void => void stderr.write(`${message}\n`);
  const embedded = (): Promise<EmbeddedCluster> => {
    cluster ??= openEmbedded({ directory, clock, onProgress }).catch((error: unknown) => {
      cluster = undefined;
      throw error;
    });
    return cluster;
  };
  return {
    open: async ({ environment, settings, limits, readFile: read }) => {
      if (settings.kind === 'server') {
        const { urlFrom, schema, role } = settings;
        if (!isAllowed(urlFrom)) throw notAllowed(environment, urlFrom);
        const url = variables[urlFrom];
        if (url === undefined || url === '') throw secretUnset(environment, urlFrom);
        return servers.open({ url, schema, role, limits });
      }
      // A Hub that starts without git has no files. It needs none when the schema exists.
      const init = settings.init.map((path) => ({ path, sql: () => read(path) }));
      return (await embedded()).database({ environment, init, limits });
    },
    close: async () => {
      const opened = await cluster?.catch(() => undefined);
      await opened?.close();
    },
  };
}

function secretUnset(environment: string, variable: string): StkError {
  const message = `The environment variable ${variable}, which names the database of ${environment}, is not set.`;
  const hint = `Set ${variable} to a connection URL in the Hub's environment and restart the Hub.`;
  return new StkError('secret-unset', message, { hint, details: { environment, variable } });
}

function notAllowed(environment: string, variable: string): StkError {
  const message = `A commit named the environment variable ${variable} for the database of ${environment}, which this Hub does not allow.`;
  const hint = `Restart the Hub, or start it with --secrets ${variable}.`;
  return new StkError('secret-unset', message, { hint, details: { environment, variable } });
}
