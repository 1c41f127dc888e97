// `services` in stk.yaml, and what is wrong with it.
import { describe, expect, it } from '@jest/globals';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';

const parse = (text: string) => parseProject(`project: shop\n${text}`, { file: 'stk.yaml', gateKinds });
const one = 'environments: { dev: { database: { embedded: true } } }\n';

describe('services in stk.yaml', () => {
  it('stand at the project where it has one environment, and at the environment otherwise', () => {
    const services =
      'services:\n  api: { url: "http://api:8000/healthz", version: { header: X-Version }, expect: ref }\n  web: { url: "http://web/", version: "header: X-Build" }\n  workers: { command: [kubectl, get] }\n';
    const parsed = parse(one + services);
    expect(parsed.ok && parsed.value.services.get('dev')).toEqual([
      {
        kind: 'http',
        name: 'api',
        expect: 'ref',
        url: 'http://api:8000/healthz',
        version: { header: 'X-Version' },
      },
      { kind: 'http', name: 'web', expect: 'release', url: 'http://web/', version: { header: 'X-Build' } },
      { kind: 'command', name: 'workers', expect: 'release', command: ['kubectl', 'get'] },
    ]);
    const two =
      'environments: { dev: { database: { embedded: true }, services: { a: { url: "http://a/" } } }, prod: { database: { embedded: true } } }\n';
    const both = parse(two);
    expect(both.ok && both.value.services.get('dev')).toEqual([
      { kind: 'http', name: 'a', expect: 'release', url: 'http://a/', version: { pointer: '/version' } },
    ]);
    expect(both.ok && both.value.services.get('prod')).toEqual([]);
    const wrong = parse(two + services);
    expect(wrong.ok ? [] : wrong.problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '4: the project has 2 environments: expected the services of each under environments.E.services',
    ]);
  });

  it.each([
    ['{ url: "ftp://a/" }', 'expected a URL'],
    ['{ url: "https://me:secret@a/" }', 'never put a secret into a file'],
    ['{ url: "http://a/", command: [a] }', 'url'],
    ['{ command: [a], version: /version }', '"version" belongs to a service with "url"'],
    ['{ url: "http://a/", version: version }', 'a JSON pointer such as /version'],
  ])('refuse %s', (entry, message) => {
    const parsed = parse(`${one}services: { a: ${entry} }\n`);
    const said = parsed.ok ? [] : parsed.problems.map((problem) => `${problem.line}: ${problem.message}`);
    expect(said).toContainEqual(expect.stringContaining(message));
    expect(said.every((line) => line.startsWith('3: '))).toBe(true);
  });
});
