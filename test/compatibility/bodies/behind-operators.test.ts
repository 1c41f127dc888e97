// Changes behind operators, casts and aggregates, whose functions no statement names: what the check says, beside what a
// call then really does.
import { expect, it } from '@jest/globals';
import { operatorFunctions } from '../../support/schemas/operator-functions.ts';
import {
  operatorFunctionsBreaking,
  operatorFunctionsHarmless,
  operatorFunctionsMoved,
  operatorFunctionsReworded,
} from '../../support/schemas/changes/operator-functions-changes.ts';
import { describeOnChosenEngines } from '../../support/databases/database.ts';
import { judgeChanges } from '../../support/check/judge-changes.ts';

describeOnChosenEngines('the check of what is behind operators, casts and aggregates', (engine) => {
  const fixture = judgeChanges(engine, operatorFunctions, {
    breaking: operatorFunctionsBreaking,
    harmless: operatorFunctionsHarmless,
  });

  it.each([...operatorFunctionsMoved, ...operatorFunctionsReworded])(
    'only warns of $title',
    async ({ sql, says }) => {
      const { findings, broken } = await fixture().change(sql);
      const said = findings.map(
        ({ code, object, operations }) => `${code} ${object}: ${operations.join(' ')}`,
      );
      expect(said.sort()).toEqual(says);
      expect(findings.map(({ severity }) => severity)).toEqual(said.map(() => 'warn'));
      expect(broken).toEqual([]);
    },
  );

  it('knows from the cut which functions those are', () => {
    const { contract } = fixture().checked.release;
    const functions = [...(contract?.operations ?? [])].map(([name, one]) => [name, one.functions.join(' ')]);
    expect(Object.fromEntries(functions.filter(([, list]) => list !== ''))).toEqual({
      'cheeses.among': 'among(.age[])',
      'cheeses.any': 'outweighs(.age, .age)',
      'cheeses.bonus': 'add_bonus(integer, .age) doubled(integer) side.bonus(.age)',
      'cheeses.heavy': 'outweighs(.age, .age)',
      'cheeses.heavyThan': 'outweighs(.age, .age)',
      'cheeses.next': 'next_age(.age)',
      'cheeses.number': 'age_number(.age)',
      'cheeses.ranked': 'outranks(.ranked, .ranked)',
      'cheeses.sorted': 'is_as_wide(.size, .size)',
      'cheeses.wide': 'is_wide(.size, .size)',
      'moods.among': 'moods_among(side.side.mood[])',
      'numbers.add': 'age_number(.age)',
      'sales.add': 'outweighs(.age, .age)',
    });
  });
});
