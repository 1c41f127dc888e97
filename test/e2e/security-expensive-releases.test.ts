// Releases that are made to be expensive: each ends with its own reason, or is legal and says so, while calls go on being
// answered by the release that serves.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLoad } from '../support/hub/constant-load.ts';
import type { Answer } from '../support/hub/http-request.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { aQuery } from '../support/documents/release.ts';
import { createShop, shopRelease, type Shop } from '../support/hub/shop.ts';

let shop: Shop;
let hub: HubProcess;
beforeAll(async () => {
  shop = await createShop('postgres-18');
  hub = await shop.startHub();
  await hub.untilServing('prod', 'v1.0.0');
});
afterAll(() => shop.close());

const check = (document: string): Promise<Answer> => hub.check('prod', { document });
const codeOf = ({ json }: Answer): unknown =>
  typeof json === 'object' && json !== null && 'code' in json ? json.code : undefined;
const withOperation = (operation: unknown): string =>
  shopRelease('hostile', { operations: { bad: operation }, permissions: { support: ['bad'] } });

describe('a release that is made to be expensive', () => {
  const manyOperations = (count: number, operation: unknown): string =>
    shopRelease('hostile', {
      permissions: { support: ['*'] },
      operations: Object.fromEntries(Array.from({ length: count }, (_, at) => [`op${at}`, operation])),
    });
  const pattern = (text: string): string =>
    withOperation(
      aQuery({
        input: {
          type: 'object',
          properties: { id: { type: 'string', pattern: text } },
          required: ['id'],
          additionalProperties: false,
        },
      }),
    );
  const bomb = (): string => {
    const levels = Array.from({ length: 20 }, (_, at) =>
      at === 0
        ? 'l0: &l0 [x, x, x, x]'
        : `l${at}: &l${at} [*l${at - 1}, *l${at - 1}, *l${at - 1}, *l${at - 1}]`,
    );
    return `release: hostile\n${levels.join('\n')}\n`;
  };
  const withInput = (input: unknown): string => withOperation(aQuery({ input }));
  const doubling = (levels: number): Record<string, unknown> =>
    Object.fromEntries(
      Array.from({ length: levels }, (_, at) => [
        `d${at}`,
        at === 0
          ? { type: 'string' }
          : { allOf: [{ $ref: `#/$defs/d${at - 1}` }, { $ref: `#/$defs/d${at - 1}` }] },
      ]),
    );
  const nested = (depth: number): unknown => {
    let schema: unknown = { type: 'integer' };
    for (let at = 0; at < depth; at += 1) schema = { type: 'object', properties: { id: schema } };
    return schema;
  };
  const invalid = (detail: string) => ({ status: 409, code: 'release-invalid', says: detail });
  const legal = { status: 200, code: undefined, says: '"findings":[' };

  it.each([
    {
      what: 'a statement of 1 MB',
      text: () => withOperation({ sql: `select '${'x'.repeat(1_000_000)}'` }),
      answer: invalid('1000009 characters; at most 65536 are allowed'),
    },
    {
      what: 'a statement of 100,000 terms',
      text: () => withOperation({ sql: `select 1${'+1'.repeat(100_000)}` }),
      answer: invalid('200008 characters; at most 65536 are allowed'),
    },
    {
      what: 'a statement of 30,000 terms',
      text: () => withOperation({ sql: `select 1${'+1'.repeat(30_000)}` }),
      answer: invalid('tokens; at most 5000 are allowed'),
    },
    {
      what: 'parentheses 2,000 deep',
      text: () => withOperation({ sql: `select ${'('.repeat(2_000)}1${')'.repeat(2_000)}` }),
      answer: invalid('nested deeper than 200 brackets'),
    },
    {
      what: 'parentheses 50,000 deep',
      text: () => withOperation({ sql: `select ${'('.repeat(50_000)}1${')'.repeat(50_000)}` }),
      answer: invalid('100008 characters; at most 65536 are allowed'),
    },
    {
      // Legal: each is small, and a document may have as many as fit into its 4 MiB.
      what: '5,000 operations',
      text: () => manyOperations(5000, { sql: 'select 1 as one', returns: 'one' }),
      answer: legal,
    },
    {
      what: 'operations beyond the size of a document',
      text: () => manyOperations(5000, { sql: `select '${'x'.repeat(1000)}'`, returns: 'one' }),
      answer: { status: 413, code: 'too-large', says: 'larger than the limit of' },
    },
    {
      what: 'YAML lists 100,000 deep',
      text: () => `release: hostile\nconfig: ${'['.repeat(100_000)}`,
      answer: invalid('deeper than 64'),
    },
    {
      what: 'YAML mappings 5,000 deep',
      text: () => `release: hostile\nconfig: ${'{a: '.repeat(5000)}1${'}'.repeat(5000)}\n`,
      answer: invalid('deeper than 64'),
    },
    { what: 'an alias bomb', text: bomb, answer: invalid('alias') },
    {
      what: 'an alias of itself',
      text: () => 'release: hostile\nconfig: &a { b: *a }\n',
      answer: invalid('alias'),
    },
    {
      what: 'a file of 3 MB',
      text: () => `${shopRelease('hostile')}# ${'x'.repeat(3_000_000)}\n`,
      // Legal: a comment costs nothing, and it is within the 4 MiB of a document.
      answer: legal,
    },
    {
      what: 'a file of 5 MB',
      text: () => `${shopRelease('hostile')}# ${'x'.repeat(5_000_000)}\n`,
      answer: { status: 413, code: 'too-large', says: 'larger than the limit of' },
    },
    {
      what: 'a key of 100,000 characters',
      text: () => `${shopRelease('hostile')}? ${'k'.repeat(100_000)}\n: 1\n`,
      answer: invalid('unknown key'),
    },
    {
      what: 'the same key twice',
      text: () => `${shopRelease('hostile')}release: hostile\n`,
      answer: invalid('occurs twice in this mapping'),
    },
    {
      what: 'the same operation twice',
      text: () => withOperation(aQuery()).replace(/^ {2}bad:/m, '  bad: { value: 1 }\n  bad:'),
      answer: invalid('occurs twice in this mapping'),
    },
    {
      // Legal: patterns run in linear time, whatever they are.
      what: 'a pattern with backtracking',
      text: () => pattern('^(a+)+$').replace('where id = :id', 'where email = :id'),
      answer: legal,
    },
    {
      what: 'a pattern of 10,000 repetitions',
      text: () => pattern('^((a{1,1000}){1,1000}){1,1000}$'),
      answer: invalid('too large'),
    },
    {
      what: 'a pattern of 2,000 characters',
      text: () => pattern('a'.repeat(2000)),
      answer: invalid('the pattern has 2000 characters; at most 1000 are allowed'),
    },
    {
      what: 'a pattern that looks behind',
      text: () => pattern('(?<=a)b(?=c)'),
      answer: invalid('pattern'),
    },
    {
      what: 'references that double 40 times',
      text: () =>
        withInput({
          type: 'object',
          properties: { id: { $ref: '#/$defs/d39' } },
          required: ['id'],
          additionalProperties: false,
          $defs: doubling(40),
        }),
      answer: invalid('unfold to more than 10000 evaluations'),
    },
    {
      what: 'a reference to itself',
      text: () =>
        withInput({
          type: 'object',
          properties: { id: { $ref: '#/$defs/a' } },
          additionalProperties: false,
          $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } },
        }),
      answer: invalid('leads back to itself'),
    },
    {
      what: 'a reference to another machine',
      text: () => withInput({ type: 'object', properties: { id: { $ref: 'http://127.0.0.1:1/x' } } }),
      answer: invalid('not to the whole schema or to another document'),
    },
    {
      what: 'a schema 60 deep',
      text: () => withInput(nested(60)),
      answer: invalid('deeper than 64'),
    },
    {
      what: 'a list of 100,000 items that must be unique',
      text: () =>
        withInput({
          type: 'object',
          properties: { id: { type: 'array', uniqueItems: true, maxItems: 100_000 } },
        }),
      answer: invalid('uniqueItems'),
    },
  ])('ends with its own reason while calls are answered: $what', async ({ text, answer: expected }) => {
    const calls = [{ operation: 'about' }, { operation: 'customers.get', input: { id: 1 } }];
    const load = startLoad({ port: hub.port, environment: 'prod', role: 'support', calls });
    try {
      const answer = await check(text());
      expect({ status: answer.status, code: codeOf(answer) }).toEqual({
        status: expected.status,
        code: expected.code,
      });
      expect(answer.text).toContain(expected.says);
      expect(answer.text.length).toBeLessThan(20_000);
    } finally {
      const report = await load.stop();
      expect(report.failures).toEqual([]);
      expect(report.answered).toBeGreaterThanOrEqual(calls.length);
    }
    expect((await hub.status('prod')).serving?.release).toBe('v1.0.0');
  });

  it('matches a pattern that backtracks elsewhere in linear time', async () => {
    const slow = pattern('^(a+)+$').replace('where id = :id', 'where email = :id');
    const revision = await shop.repo.commit('feat: pattern', {
      'releases/hostile.yaml': slow,
      'environments/staging.yaml': 'release: hostile\n',
    });
    await hub.untilServing('staging', 'hostile', revision);
    const answer = await hub.call('staging', 'bad', { id: `${'a'.repeat(50_000)}!` });
    expect(answer.json).toMatchObject({ code: 'invalid-input' });
    expect((await hub.call('prod', 'about')).status).toBe(200);
  });
});
