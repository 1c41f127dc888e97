// One log line for each failed request (5xx): which, where, and with which code. Never a value of the request or of a
// row. Of equal failures, it logs the first at once and later one at intervals, with the number of those in between.
import type { Logger } from 'pino';
import type { Clock } from '../kernel/clock.ts';
import type { Exchange } from './http/exchange.ts';
import { isHealthPath } from './health.ts';
import { type Refusal, statusOf } from './http/refusal.ts';

/** Milliseconds between two lines of the same environment, operation and code. */
const repeatEvery = 10_000;
/** The most kinds of failures that are distinguished; beyond it, all are forgotten and logged again. */
const mostKinds = 1_000;

interface ToldFailure {
  at: number;
  /** Since then. */
  untold: number;
}

export type TellFailure = (exchange: Exchange, refusal: Refusal) => void;

export function createFailureLog(logger: Pick<Logger, 'warn' | 'error'>, clock: Clock): TellFailure {
  const kinds = new Map<string, ToldFailure>();
  return (exchange, refusal) => {
    const status = statusOf(refusal);
    // A probe asks repeatedly whether the Hub is ready: "not yet" is not a failure.
    if (status < 500 || isHealthPath(exchange.path)) return;
    const { environment, operation, path } = exchange;
    // A call's path is a route of the Hub; another path may be anything, and is no separate kind.
    const kind = JSON.stringify([environment, operation, refusal.code, exchange.sqlstate]);
    const now = clock.now();
    const told = kinds.get(kind);
    if (told !== undefined && now - told.at < repeatEvery) {
      told.untold += 1;
      return;
    }
    if (kinds.size >= mostKinds) kinds.clear();
    kinds.set(kind, { at: now, untold: 0 });
    const fields = {
      requestId: exchange.id,
      path,
      environment,
      operation,
      release: refusal.release ?? exchange.active?.compiled.release.release,
      status,
      code: refusal.code,
      sqlstate: exchange.sqlstate,
      detail: refusal.detail,
      cause: exchange.cause,
      actor: exchange.actor,
      ...(told === undefined || told.untold === 0 ? {} : { notLogged: told.untold }),
      ...(exchange.failure === undefined ? {} : { err: exchange.failure }),
    };
    if (status === 500) logger.error(fields, 'a request failed');
    else logger.warn(fields, 'a request was not served');
  };
}
