// Decides which of several Hubs acts in an environment and sends its events: the Hub that holds an advisory lock of its
// database. An embedded database belongs to the one Hub that has the state directory.
import { createHash } from 'node:crypto';
import { AdvisoryLocks, type AdvisoryLocksOptions } from '../database/postgres/advisory-locks.ts';
import type { WriterLocks } from '../reconciler/admission/writer-locks.ts';
import type { Project } from '../model/project.ts';
import type { Log } from '../reconciler/log.ts';
import { asStkError } from '../kernel/errors.ts';

export interface OpenedWriterLocks extends WriterLocks {
  close(): Promise<void>;
}

/** `variable`: value of an environment variable with a server's URL. */
export function createWriterLocks(
  variable: (name: string) => string | undefined,
  { log, ...options }: { readonly log: Pick<Log, 'debug'> } & AdvisoryLocksOptions,
): OpenedWriterLocks {
  const locks = new AdvisoryLocks(options);
  /** By environment: the server's last answer, for when it is unreachable. */
  const known = new Map<string, boolean>();
  const ask = async ({ project, environments }: Project, environment: string): Promise<boolean> => {
    const database = environments.get(environment)?.database;
    if (database === undefined) return false;
    if (database.kind === 'embedded') return true;
    const url = variable(database.urlFrom);
    if (url === undefined || url === '') return false;
    const key = lockKey(project, environment);
    const isHeld = await locks.isHeld(url, key);
    known.set(environment, isHeld);
    return isHeld;
  };
  const askOr = async (project: Project, environment: string, otherwise: () => boolean): Promise<boolean> => {
    try {
      return await ask(project, environment);
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      log.debug({ environment, problem }, 'the lock of the environment cannot be requested');
      return otherwise();
    }
  };
  return {
    isHeld: (project, environment) => askOr(project, environment, () => known.get(environment) ?? false),
    leads: (project, environment) => askOr(project, environment, () => false),
    close: () => locks.close(),
  };
}

/** 64 bits of SHA-256, signed, as PostgreSQL expects. */
export function lockKey(project: string, environment: string): bigint {
  return createHash('sha256').update(`stk/${project}/${environment}`).digest().readBigInt64BE(0);
}
