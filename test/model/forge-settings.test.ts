// `forge`, `backport` and `freeze.blockPullRequests` in stk.yaml: what they say, and what is wrong with them.
import { describe, expect, it } from '@jest/globals';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { variablesOf } from '../../src/model/named-variables.ts';

const parse = (more: string, stable = '') =>
  parseProject(
    `project: shop\nenvironments:\n  stable: { database: { embedded: true }${stable} }\n  legacy: { database: { embedded: true } }\n${more}`,
    { file: 'stk.yaml', gateKinds },
  );
const problemsOf = (...given: Parameters<typeof parse>): readonly string[] => {
  const parsed = parse(...given);
  return parsed.ok ? [] : parsed.problems.map(({ message }) => message);
};

describe('forge in stk.yaml', () => {
  it('names the API, the project and the variable of the token, which the Hub may then use', () => {
    const parsed = parse(
      'forge: { kind: gitlab, url: "https://gitlab.example.com/api/v4/", project: a/b/c, tokenFrom: GITLAB_T }\nfreeze: { blockPullRequests: true }\n',
      ', backport: [legacy]',
    );
    const project = parsed.ok ? parsed.value : undefined;
    expect(project?.forge).toEqual({
      kind: 'gitlab',
      url: 'https://gitlab.example.com/api/v4',
      project: 'a/b/c',
      tokenFrom: 'GITLAB_T',
    });
    expect(project?.pipeline).toMatchObject({ isUsed: true, freeze: { blockPullRequests: true } });
    expect(project?.pipeline.environments.get('stable')?.backport).toEqual(['legacy']);
    expect(project && variablesOf(project, ['stable'])).toEqual(['GITLAB_T']);
  });

  it('has the public API of each kind as its default, and is absent by default', () => {
    const urlOf = (kind: string) => {
      const parsed = parse(`forge: { kind: ${kind}, project: org/shop, tokenFrom: GITLAB_T }\n`);
      return parsed.ok ? parsed.value.forge?.url : undefined;
    };
    expect([urlOf('github'), urlOf('gitlab')]).toEqual([
      'https://api.github.com',
      'https://gitlab.com/api/v4',
    ]);
    const plain = parse('');
    expect(plain.ok && [plain.value.forge, plain.value.pipeline.isUsed]).toEqual([undefined, false]);
  });

  it.each([
    [
      'kind: github, project: a/b/c, tokenFrom: GITLAB_T',
      '"a/b/c" is not a repository on GitHub: expected OWNER/NAME',
    ],
    [
      'kind: gitlab, project: shop, tokenFrom: GITLAB_T',
      'is not a project on GitLab: expected GROUP/NAME or its number',
    ],
    ['kind: github, project: a/b, tokenFrom: GITLAB_T, url: "http://x.example"', 'expected an https URL'],
    [
      'kind: github, project: a/b, tokenFrom: GITLAB_T, url: "https://u:p@x.example"',
      'never put a secret into a file',
    ],
    [
      'kind: github, project: a/b, tokenFrom: GITLAB_T, url: "https://x.example?a=1"',
      'the bare URL of the API',
    ],
    ['kind: bitbucket, project: a/b, tokenFrom: GITLAB_T', 'github'],
    ['kind: github, project: a/b', 'tokenFrom'],
    ['kind: github, project: a/b, tokenFrom: AWS_SECRET', '"AWS_SECRET" is not allowed for a forge'],
  ])('refuses %s', (entry, message) => {
    expect(problemsOf(`forge: { ${entry} }\n`)).toEqual([expect.stringContaining(message)]);
  });

  it('refuses a backport to itself or to nowhere, and a block of pull requests without a forge', () => {
    expect(problemsOf('', ', backport: [stable]')).toEqual(['stable is the environment itself']);
    expect(problemsOf('', ', backport: [legcy]')).toEqual([
      expect.stringMatching(/^there is no environment "legcy".*legacy/),
    ]);
    expect(problemsOf('freeze: { blockPullRequests: true }\n')).toEqual([
      'it needs "forge", where the pull requests are',
    ]);
  });
});
