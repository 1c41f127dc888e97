// Checks in a process that serves no calls, by order of the one that does: opens the databases that it is told of, one
// check at a time, and remembers of a few what they answered.
import type { Database } from '../../database/database.ts';
import { openPostgres } from '../../database/postgres/postgres.ts';
import type { CheckOrder, DatabaseAddress } from '../../model/check-order.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Verdict } from '../../model/verdict.ts';
import { createCheckCache, type CheckCache } from './check-cache.ts';
import { readThrown } from './indeterminate.ts';
import { checkRelease, type CheckRequest } from './check-release.ts';

/** Their answers are kept; those of the one that was not asked for longest go first. */
const mostDatabases = 4;

interface KnownDatabase {
  readonly database: Database;
  readonly cache: CheckCache;
}

export interface OrderedChecks {
  /** Not to be called again before it has answered. Rejects only for a defect: what the database can cause is a verdict. */
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
      // Its server may be the one that does not answer.
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
        // A certificate that the URL names may be away just now.
        const verdict = readThrown(thrown);
        if (verdict === undefined) throw thrown;
        return verdict;
      }
      // Nobody tells this process that the schema changed since the last check.
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
