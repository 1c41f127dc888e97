// The most statements in one exchange with a database. Each exchange takes a round trip.

/** For a server: its other sessions answer meanwhile. Those that are only described share one `statement_timeout`. */
export const statementsAtOnce = 200;
/** For an engine that also serves calls: they wait until the whole exchange is answered. */
export const statementsBesideCalls = 50;
