// Smoke tests as releases and stk.yaml write them: what is read, what is refused and where, and that a cut release keeps them.
import { describe, expect, it } from '@jest/globals';
import { formatRelease } from '../../src/documents/release/format-release.ts';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { parseRelease } from '../../src/documents/release/parse-release.ts';
import { openReleaseSource } from '../../src/documents/release/parse-release-source.ts';
import { aProject, aRelease } from '../support/documents/release.ts';

const call = { name: 'page', call: 'about', role: 'reader' };
const http = {
  name: 'agent',
  http: 'https://api.example.com/agents/{id}?a={b}',
  method: 'POST',
  headers: { 'X-Test': '1' },
  headersFrom: { Authorization: 'API_AUTH' },
  body: { name: 't', list: [1, null] },
  expect: { status: 201, body: { ok: true }, schema: { type: 'object' } },
  save: { id: '/id', all: '' },
  within: '1500ms',
};

function problemsOf(...smoke: readonly object[]): readonly string[] {
  const parsed = parseRelease(aRelease({ smoke }), { file: 'releases/v1.0.0.yaml', id: 'v1.0.0' });
  return parsed.ok ? [] : parsed.problems.map(({ pointer, message }) => `${pointer}: ${message}`);
}

describe('smoke tests', () => {
  it('are read with their defaults, and written as they were', () => {
    const text = aRelease({
      smoke: [call, http, { ...call, name: 'no', expect: { code: 'forbidden' }, within: '5s' }],
    });
    const parsed = parseRelease(text, { file: 'r', id: 'v1.0.0' });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const [first, second] = parsed.value.smoke;
    expect(first).toMatchObject({
      kind: 'call',
      operation: 'about',
      role: 'reader',
      input: {},
      within: 10_000,
    });
    expect(second).toMatchObject({
      kind: 'http',
      method: 'POST',
      within: 1500,
      save: { id: '/id', all: '' },
    });
    const again = parseRelease(formatRelease(parsed.value), { file: 'r', id: 'v1.0.0' });
    expect(again).toEqual(parsed);
    const { release, ref, createdAt, contract, ...source } = Object.fromEntries(
      Object.entries({ smoke: [call], operations: { about: { value: 1 } } }),
    );
    expect([release, ref, createdAt, contract]).toEqual([undefined, undefined, undefined, undefined]);
    const opened = openReleaseSource(JSON.stringify(source), { file: 'release.yaml' });
    expect(opened.parsed).toMatchObject({ ok: true, value: { smoke: [{ name: 'page' }] } });
  });

  it('stand in an environment, with what follows a failure', () => {
    const environments = {
      prod: { database: { embedded: true }, smoke: [http], onSmokeFailure: 'alert' },
      dev: { database: { embedded: true } },
    };
    const parsed = parseProject(aProject({ environments }), { file: 'stk.yaml', gateKinds: [] });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.value.environments.get('prod')).toMatchObject({
      onSmokeFailure: 'alert',
      smoke: [{ name: 'agent' }],
    });
    expect(parsed.value.environments.get('dev')).toMatchObject({ onSmokeFailure: 'rollback', smoke: [] });
  });

  it.each<[string, object, string]>([
    ['neither call nor http', { name: 'x' }, '/smoke/0: one of "call" or "http" is missing'],
    [
      'both',
      { ...call, http: 'https://a.example' },
      '/smoke/0: expected only one of "call" or "http", not both',
    ],
    ['no role', { name: 'x', call: 'about' }, '/smoke/0: "role" is missing: the role that calls'],
    [
      'no such operation',
      { ...call, call: 'abuot' },
      '/smoke/0/call: the release has no operation "abuot"; did you mean "about"?',
    ],
    [
      'a key of the other kind',
      { ...call, headers: {} },
      '/smoke/0/headers: "headers" belongs to a test with "http"',
    ],
    [
      'an expectation of the other kind',
      { ...call, expect: { status: 200 } },
      '/smoke/0/expect/status: "status" belongs to a test with "http"',
    ],
    [
      'a code with a result',
      { ...call, expect: { code: 'forbidden', result: 1 } },
      '/smoke/0/expect: a refused call has no result',
    ],
    ['another scheme', { ...http, http: 'file:///etc/passwd' }, '/smoke/0/http: expected a URL'],
    [
      'credentials',
      { ...http, http: 'https://a:b@api.example.com' },
      '/smoke/0/http: the URL contains credentials',
    ],
    [
      'a saved host',
      { ...http, http: 'https://{host}/a' },
      '/smoke/0/http: a {name} is only allowed in the path and the query',
    ],
    [
      'a literal secret',
      { ...http, headers: { authorization: 'Bearer x' } },
      '"authorization" is a secret: name its variable under headersFrom',
    ],
    ['a body of a GET', { ...http, method: 'GET' }, '/smoke/0/body: a GET request has no body'],
    [
      'a time limit out of bounds',
      { ...call, within: '6m' },
      '/smoke/0/within: 6m is out of bounds: expected 10ms to 5m',
    ],
    ['a broken pointer', { ...call, save: { id: 'id' } }, '/smoke/0/save/id: '],
    [
      'a large schema',
      { ...call, expect: { schema: { description: 'x'.repeat(17_000) } } },
      '/smoke/0/expect/schema: the schema is longer',
    ],
  ])('with %s are refused', (_what, test, problem) => {
    expect(problemsOf(test).join('\n')).toContain(problem);
  });

  it('have names of their own, and are fifty at most', () => {
    expect(problemsOf(call, call)).toEqual(['/smoke/1/name: two tests are called "page"']);
    const many = Array.from({ length: 51 }, (_, i) => ({ ...call, name: `t${i}` }));
    expect(problemsOf(...many).join()).toContain('51 items; at most 50 are allowed');
  });
});
