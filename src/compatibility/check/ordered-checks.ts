// Runs checks in a process that serves no calls, on request of the process that does. It opens the named databases,
// runs one check at a time, and remembers the answers of a few databases.
import type { Database } from '../../database/database.ts';
import { openPostgres } from '../../database/postgres/postgres.ts';
import type { CheckOrder, DatabaseAddress } from '../../model/check-order.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Verdict } from '../../model/verdict.ts';
import { createCheckCache, type CheckCache } from './check-cache.ts';
import { readThrown } from './indeterminate.ts';
import { checkRelease, type CheckRequest } from './check-release.ts';

/** The most databases whose answers are kept; the least recently used is dropped first. */
const mostDatabases = 4;

interface KnownDatabase {
  readonly database: Database;
  readonly cache: CheckCache;
}

export interface OrderedChecks {
  /** Must not be called again before it has answered. Rejects only for a bug: problems with the database become a verdict. */
  readonly check: (
    asked: Pick<CheckRequest, 'release' | 'statements' | 'digest'>,
    order: CheckOrder,
  ) => Promise<Verdict>;
  readonly close: () => Promise<void>;
}

export function createOrderedChecks(clock: Clock): OrderedChecks {
  const known = new Map<string, KnownDatabase>();
  const take = (address: DatabaseAddress): KnownDatabase => {
    const key = JSON.stringify(address);
    const one = known.get(key) ?? open(address, clock);
    known.delete(key);
    known.set(key, one);
    const [[oldest, other] = []] = known;
    if (known.size > mostDatabases && oldest !== undefined) {
      known.delete(oldest);
      // Its server may be the one that is unreachable.
      void other?.database.close();
    }
    return one;
  };
  return {
    async check(asked, { address, strict, accept, migrationLock, now }) {
      let one: KnownDatabase;
      try {
        one = take(address);
      } catch (thrown) {
        // A certificate file that the URL names may be missing for a moment.
        const verdict = readThrown(thrown);
        if (verdict === undefined) throw thrown;
        return verdict;
      }
      // This process does not learn whether the schema changed since the last check.
      one.database.recycle();
      const { database, cache } = one;
      return checkRelease(database, { ...asked, strict, accept, migrationLock, now, cache });
    },
    async close() {
      await Promise.all([...known.values()].map(({ database }) => database.close()));
      known.clear();
    },
  };
}

function open(address: DatabaseAddress, clock: Clock): KnownDatabase {
  return { database: openPostgres({ ...address, clock }), cache: createCheckCache() };
}
