// Which environment variables a move into an environment needs, of all that stk.yaml and the release name.
import { expect, it } from '@jest/globals';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { parseRelease } from '../../src/documents/release/parse-release.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { readVariableFacts } from '../../src/reconciler/admission/facts/variable-facts.ts';
import { aConstantRelease, aRelease } from '../support/documents/release.ts';

const text = `project: shop
notify: [{ urlFrom: HOOK, as: slack }]
environments:
  dev: { database: { urlFrom: DEV_URL } }
  staging: { database: { urlFrom: STAGING_URL }, hub: { url: "http://hub/", tokenFrom: STAGING_TOKEN } }
  prod:
    database: { urlFrom: PROD_URL }
    from: staging
    smoke: [{ name: a, http: "http://a/", headersFrom: { X-Key: PROD_KEY } }]
    gates: { set: { variables: [SMTP, EMPTY] } }
`;

it('names those of the project, of the environments served here and of the release, and tells which are set', () => {
  const project = parseProject(text, { file: 'stk.yaml', gateKinds });
  const smoke = [{ name: 'b', http: 'http://b/', headersFrom: { 'X-Key': 'RELEASE_KEY' } }];
  const file = { file: 'releases/v1.yaml', id: 'v1' };
  const release = parseRelease(aRelease({ release: 'v1', smoke }), file);
  if (!project.ok || !release.ok) throw new Error(JSON.stringify([project, release]));
  const values: Record<string, string> = { HOOK: 'a secret', PROD_URL: 'b', SMTP: 'c', EMPTY: '', PATH: 'd' };
  const question = {
    project: project.value,
    gates: project.value.pipeline.environments.get('prod')?.gates ?? [],
    servedHere: (environment: string) => (environment === 'staging' ? undefined : null),
    secret: (name: string) => values[name],
  };
  const facts = readVariableFacts({ ...question, release: release.value });
  expect([...facts.named].sort()).toEqual([
    'DEV_URL',
    'HOOK',
    'PROD_KEY',
    'PROD_URL',
    'RELEASE_KEY',
    'STAGING_TOKEN',
  ]);
  expect([...facts.set].sort()).toEqual(['HOOK', 'PROD_URL', 'SMTP']);
  expect(JSON.stringify([facts.named, [...facts.set]])).not.toContain('a secret');
  const plain = parseRelease(aConstantRelease('v1'), file);
  expect(plain.ok && readVariableFacts({ ...question, release: plain.value }).named).not.toContain(
    'RELEASE_KEY',
  );
});
