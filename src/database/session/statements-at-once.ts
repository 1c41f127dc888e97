// How many statements one exchange with a database holds. More would delay the calls that share the engine with them: the
// server answers a whole exchange in one go.
export const statementsAtOnce = 50;
