// Which of several Hubs writes the events of an environment: the one that holds an advisory lock of its database. An embedded
// database belongs to the one Hub that has the state directory.
import { createHash } from 'node:crypto';
import { AdvisoryLocks } from '../database/postgres/advisory-locks.ts';
import type { WriterLocks } from '../reconciler/admission/writer-locks.ts';
import type { Log } from '../reconciler/log.ts';
import { asStkError } from '../kernel/errors.ts';

export interface OpenedWriterLocks extends WriterLocks {
  close(): Promise<void>;
}

/** `variable`: value of an environment variable that names a server. */
export function createWriterLocks(
  variable: (name: string) => string | undefined,
  log: Pick<Log, 'debug'>,
): OpenedWriterLocks {
  const locks = new AdvisoryLocks();
  /** By environment: what the server said last, for while it cannot be asked. */
  const known = new Map<string, boolean>();
  return {
    async isHeld({ project, environments }, environment) {
      const database = environments.get(environment)?.database;
      if (database === undefined) return false;
      if (database.kind === 'embedded') return true;
      const url = variable(database.urlFrom);
      if (url === undefined || url === '') return false;
      try {
        const isHeld = await locks.isHeld(url, lockKey(project, environment));
        known.set(environment, isHeld);
        return isHeld;
      } catch (thrown) {
        log.debug(
          { environment, problem: asStkError(thrown).message },
          'the lock for writing events cannot be requested',
        );
        return known.get(environment) ?? false;
      }
    },
    close: () => locks.close(),
  };
}

/** 64 bits of SHA-256, as PostgreSQL takes them: signed. */
export function lockKey(project: string, environment: string): bigint {
  return createHash('sha256').update(`stk/${project}/${environment}`).digest().readBigInt64BE(0);
}
