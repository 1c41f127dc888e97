// What a call ends with when something other than a refusal of PostgreSQL stops it.
import { expect, it } from '@jest/globals';
import { SessionLost } from '../../src/database/wire/exchange.ts';
import { explainFailure } from '../../src/database/session/refuse-call.ts';

it('answers for a fault of its own as for a lost session, and throws nothing that nobody catches', () => {
  const outcome = { kind: 'unavailable', busy: false };
  expect(explainFailure(new SessionLost('the connection was closed'))).toMatchObject(outcome);
  expect(explainFailure(new TypeError('not a function'))).toMatchObject({
    ...outcome,
    message: expect.stringContaining('not a function'),
  });
});
