import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  parseProjectIdentity,
  readProjectIdentity,
} from '../../src/documents/project/read-project-identity.ts';
import { scanProjectIdentity } from '../../src/documents/project/scan-project-identity.ts';

const usual = `# yaml-language-server: $schema=schemas/project.json
project: shop
environments: # in order
  dev:  { database: { embedded: true, init: [migrations/1.sql, "migrations/2.sql"] } }
  staging:
    database:
      urlFrom: STAGING_URL
      role: app

  prod: { database: { urlFrom: PROD_URL, schema: public } }
limits: { rows: 1000, statement: 10s }
auth:
  jwt: { secretFrom: NAME }
hub: http://127.0.0.1:8080
`;

describe('finding the names in a stk.yaml', () => {
  it('reads a usual one without a parser', () => {
    expect(scanProjectIdentity(usual)).toEqual({
      project: 'shop',
      hub: 'http://127.0.0.1:8080',
      environments: ['dev', 'staging', 'prod'],
    });
  });

  it('still knows where the databases are', () => {
    const identity = readProjectIdentity(usual);
    expect([...identity.embedded]).toEqual(['dev']);
    expect(identity.urlFrom).toEqual(
      new Map([
        ['staging', 'STAGING_URL'],
        ['prod', 'PROD_URL'],
      ]),
    );
  });

  it.each([
    ['a text of several lines', 'project: shop\n  and more\n'],
    ['a block text', 'project: shop\nnotes: |\n  environments:\nenvironments:\n  dev: {}\n'],
    ['flow over several lines', 'project: shop\nenvironments:\n  dev: { database: {\n  urlFrom: X } }\n'],
    ['an anchor', 'project: &p shop\n'],
    ['a number', 'project: 12\n'],
    ['a truth value', 'project: true\n'],
    ['a quoted name', 'project: "shop"\n'],
    ['environments in flow', 'environments: { dev: {} }\n'],
    ['a key twice', 'project: a\nproject: b\n'],
    ['an environment twice', 'environments:\n  dev: {}\n  dev: {}\n'],
    ['a list', '- project: shop\n'],
    ['two documents', 'project: a\n---\nproject: b\n'],
  ])('leaves %s to the parser', (_what, text) => {
    expect(scanProjectIdentity(text)).toBeUndefined();
    expect(readProjectIdentity(text)).toEqual(parseProjectIdentity(text));
  });

  it('never says anything else than the parser', () => {
    const fragment = fc.constantFrom(
      ...'project:|hub:|environments:|limits:| dev:|  prod:|  x.y-1:| shop| http://h:1/x| { a: 1 }| {| }| [| ]| "|'
        .concat(
          "| '| #| # c|\n|\n|\n  |\n    |\r\n|\t|:| :|,| |-|- |~| null|true| 12|?|? |!t |&a |*a|---|\n...|<<: x",
        )
        .split('|'),
      '|',
      ' >',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 24 }), (fragments) => {
        const text = fragments.join('');
        const scanned = scanProjectIdentity(text);
        if (scanned === undefined) return;
        const { project, hub, environments } = parseProjectIdentity(text);
        expect(scanned).toEqual({ project, hub, environments });
      }),
      { numRuns: 3_000, seed: 7 },
    );
  });
});
