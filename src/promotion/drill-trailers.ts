// How a drill is recorded in git: trailers of its two pointer commits. A drill has no other memory, so an interrupted
// one can be ended from any other clone. Pure.

export interface DrillTimes {
  readonly decideMs: number;
  readonly serveMs: number;
  readonly verifyMs: number;
}

/** The results of the way back. */
export interface DrillWay extends DrillTimes {
  readonly isGood: boolean;
}

export type DrillCommit =
  /** The pointer names last-known-good: the way forward remains. */
  | { readonly phase: 'back'; readonly id: string; readonly startedAt: number; readonly decideMs: number }
  /** The pointer names the drilled release again; `back`: the results of the way back. */
  | { readonly phase: 'forward'; readonly id: string; readonly startedAt: number; readonly back: DrillWay };

const name = 'Stk-Drill';
const pattern =
  /^(\d{8}T\d{9}Z) (back|forward) decide=(\d{1,12})(?: serve=(\d{1,12}) verify=(\d{1,12}) (good|bad))?$/;

/** `20261130T010203004Z`: also the time of the drill. */
export function drillId(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:.]/g, '');
}

export function backTrailer(id: string, decideMs: number): ReadonlyMap<string, string> {
  return new Map([[name, `${id} back decide=${decideMs}`]]);
}

export function forwardTrailer(id: string, back: DrillWay): ReadonlyMap<string, string> {
  const { decideMs, serveMs, verifyMs, isGood } = back;
  const times = `decide=${decideMs} serve=${serveMs} verify=${verifyMs}`;
  return new Map([[name, `${id} forward ${times} ${isGood ? 'good' : 'bad'}`]]);
}

/** `undefined` when the commit is not part of a drill. */
export function readDrill(trailers: ReadonlyMap<string, string>): DrillCommit | undefined {
  const [, id, phase, decide, serve, verify, word] = pattern.exec(trailers.get(name) ?? '') ?? [];
  if (id === undefined) return undefined;
  const startedAt = Date.parse(
    id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z'),
  );
  const decideMs = Number(decide);
  if (Number.isNaN(startedAt)) return undefined;
  if (phase === 'back') return { phase, id, startedAt, decideMs };
  if (serve === undefined) return undefined;
  const back = { decideMs, serveMs: Number(serve), verifyMs: Number(verify), isGood: word === 'good' };
  return { phase: 'forward', id, startedAt, back };
}
