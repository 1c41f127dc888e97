// How fast a look at a database goes. Alone it sends many statements at once; beside calls it sends few, and rests after
// each exchange, as long as that took or longer: a call then waits for little more than another call, here and in PostgreSQL.
import { exchange, type Reply } from '../wire/exchange.ts';
import type { Link } from '../wire/link.ts';

export interface Pace {
  /** Milliseconds that the server takes to answer a question of no weight: the least that any has taken yet. */
  roundTrip: number;
  /** Whether the same database serves calls now. */
  isBesideCalls(): boolean;
  /** Whether a release may wait to be served until the look is done. */
  readonly isAwaited: boolean;
  sleep(ms: number): Promise<void>;
}

/** Of many statements: answers of a thousand in one exchange would hold up the calls that come meanwhile. */
const atOnceAlone = 128;
/** Beside calls to a server far away, and where calls may share the one engine with the look: the embedded database. */
const atOnceUnpaced = 50;
const atOnceBesideCalls = 2;
/** Of a look that is not awaited, milliseconds: twice as long as the exchange took, and one more, but no more than this. */
const longestLongRest = 5;
/** Milliseconds: what takes PostgreSQL longer is not the number of statements. */
const longestRest = 20;
/** Milliseconds of a round trip from which on the way to the server is rest enough. */
const farAway = 10;

export function statementsAtOnce(pace: Pace | undefined): number {
  if (pace === undefined) return atOnceUnpaced;
  if (!pace.isBesideCalls()) return atOnceAlone;
  return isToRest(pace) ? atOnceBesideCalls : atOnceUnpaced;
}

/** Rejects with SessionLost when the session ends meanwhile. */
export async function exchangeAndRest(link: Link, bytes: Buffer, pace: Pace | undefined): Promise<Reply> {
  const begin = performance.now();
  const reply = await exchange(link, bytes);
  if (pace === undefined) return reply;
  const took = performance.now() - begin;
  // The first may have waited for a processor here.
  pace.roundTrip = Math.min(pace.roundTrip, took);
  if (isToRest(pace)) await pace.sleep(restAfter(took, pace));
  return reply;
}

/** Milliseconds, of an exchange that took so many. */
export function restAfter(took: number, { isAwaited }: Pick<Pace, 'isAwaited'>): number {
  const rest = isAwaited ? took : Math.max(took, Math.min(took * 2 + 1, longestLongRest));
  return Math.min(rest, longestRest);
}

function isToRest(pace: Pace | undefined): pace is Pace {
  return pace !== undefined && pace.roundTrip < farAway && pace.isBesideCalls();
}
