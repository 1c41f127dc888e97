// "Did you mean": what people type in place of a name that there is.
import { expect, it } from '@jest/globals';
import { findNearest, suggest } from '../../src/kernel/nearest-name.ts';

it.each([
  ['PROD', ['dev', 'staging', 'prod'], 'prod'],
  ['Prod', ['PRED', 'prod'], 'prod'],
  ['v2.yaml', ['v1', 'v2', 'v20'], 'v2'],
  ['environments/prod.yml', ['dev', 'prod'], 'prod'],
  ['stagign', ['dev', 'staging'], 'staging'],
  ['V2', ['v3', 'v2'], 'v2'],
])('%s is nearest to one of %j', (name, known, nearest) => {
  expect(findNearest(name, known)).toBe(nearest);
  expect(suggest(name, known)).toBe(`; did you mean "${nearest}"?`);
});

it('says nothing where no name is near', () => {
  expect(suggest('nightly', ['dev', 'prod'])).toBe('');
  expect(suggest('v9.yaml', ['main'])).toBe('');
});
