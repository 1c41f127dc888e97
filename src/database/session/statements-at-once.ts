// The most statements in one exchange with a database. More would delay calls on the same engine, because the server
// answers a whole exchange in one go.
export const statementsAtOnce = 50;
