// `notify` in stk.yaml: what it says, and what is wrong with it, with line and column.
import { describe, expect, it } from '@jest/globals';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { usesPipeline } from '../../src/documents/project/uses-pipeline.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { notifyWords } from '../../src/model/pipeline/notify.ts';

const head = 'project: shop\nenvironments: { dev: { database: { embedded: true } } }\n';
const parse = (rest: string) => parseProject(head + rest, { file: 'stk.yaml', gateKinds });

describe('notify in stk.yaml', () => {
  it('is about everything everywhere unless it says otherwise, and makes the Hub write events', () => {
    const text =
      'notify:\n  - { urlFrom: A, as: slack }\n  - { urlFrom: B, as: cloudevents, on: [refused], environments: [dev] }\n';
    const parsed = parse(text);
    expect(parsed.ok && parsed.value.notify).toEqual([
      { urlFrom: 'A', as: 'slack', on: notifyWords, environments: undefined },
      { urlFrom: 'B', as: 'cloudevents', on: ['refused'], environments: ['dev'] },
    ]);
    expect(parsed.ok && parsed.value.pipeline.isUsed).toBe(true);
    expect(usesPipeline(head + text)).toBe(true);
    expect(parse('').ok && usesPipeline(head)).toBe(false);
  });

  it.each([
    ['{ urlFrom: A, as: slak }', /^3:28: .*slack/],
    ['{ urlFrom: A, as: slack, on: [activate] }', /^3:\d+: .*activated/],
    ['{ urlFrom: A, as: slack, environments: [dve] }', /^3:\d+: there is no environment "dve".*dev/],
    ['{ url: "https://hooks.example.com/secret", as: slack }', /^3:\d+: .*urlFrom/],
    ['{ urlFrom: "https://hooks.example.com/secret", as: slack }', /^3:\d+: .*environment variable/],
  ])('refuses %s', (entry, message) => {
    const parsed = parse(`notify: [${entry}]\n`);
    const said = parsed.ok
      ? []
      : parsed.problems.map(({ line, column, message: one }) => `${line}:${column}: ${one}`);
    expect(said).toContainEqual(expect.stringMatching(message));
    expect(JSON.stringify(said)).not.toContain('secret"');
  });
});
