// A moment inside a check, before each time that it reads the fingerprint again: for DDL between its questions and its answer.
import type { DatabaseHold } from '../../../src/compatibility/check/hold-database.ts';
import type { Inspection } from '../../../src/database/database.ts';

/** The hold itself, with `act` before each second look at the schema. */
export function confirming(hold: DatabaseHold, act: () => Promise<void>): DatabaseHold {
  return { ...hold, use: (ask) => hold.use((session) => ask(watch(session, act))) };
}

function watch(session: Inspection, act: () => Promise<void>): Inspection {
  return new Proxy(session, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (key !== 'query') return member.bind(target) as unknown;
      return async (...args: Parameters<Inspection['query']>) => {
        // What a session asks about a schema of which it knows the fingerprint.
        if (args[0].endsWith(' as state')) await act();
        return target.query(...args);
      };
    },
  });
}
