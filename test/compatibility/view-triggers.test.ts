// Views with INSTEAD OF triggers: what the check says when one is gone, beside what PostgreSQL then really does.
import { expect, it } from '@jest/globals';
import { presentContract } from '../../src/documents/release/present-contract.ts';
import { describeOnEachEngine } from '../support/databases/database.ts';
import {
  insteadOfTriggers,
  insteadOfTriggersBreaking,
  insteadOfTriggersHarmless,
} from '../support/schemas/instead-of-triggers.ts';
import { judgeChanges } from '../support/check/judge-changes.ts';

describeOnEachEngine('the check of a release that writes through triggers of views', (engine) => {
  const opened = judgeChanges(engine, insteadOfTriggers, {
    breaking: insteadOfTriggersBreaking,
    harmless: insteadOfTriggersHarmless,
  });

  it('finds in the contract what each trigger stands in for', () => {
    const { contract } = opened().checked.release;
    if (contract === undefined) throw new Error('nothing was measured');
    expect(presentContract(contract)).toMatchObject({
      relations: {
        crate_list: {
          triggers: [
            { name: 'filled', instead: ['insert'] },
            { name: 'kept', instead: ['update'] },
            { name: 'removed', instead: ['delete'] },
          ],
        },
      },
    });
  });
});
