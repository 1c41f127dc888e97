import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { aPolicy } from '../support/gates/some-facts.ts';

describe('docs/gates.md', () => {
  it('has a section for every gate kind, with its keys and whether a hotfix needs it, and no other', async () => {
    const page = await readFile(new URL('../../docs/gates.md', import.meta.url), 'utf8');
    const sections = new Map(
      page
        .split(/^## /m)
        .slice(1)
        .map((section): [string, string] => [section.slice(0, section.indexOf('\n')), section]),
    );
    const [from] = aPolicy('from: dev').gates;
    const kinds = [
      ...gateKinds.map(({ kind, inHotfix }) => ({ kind, inHotfix })),
      { kind: 'from', inHotfix: from?.inHotfix },
    ];
    expect([...sections.keys()].toSorted()).toEqual(kinds.map(({ kind }) => kind).toSorted());
    for (const { kind, inHotfix } of kinds) {
      const section = (sections.get(kind) ?? '').replaceAll('\n', ' ');
      expect([kind, section.includes(`Needed by a hotfix: ${inHotfix === true ? 'yes' : 'no'}`)]).toEqual([
        kind,
        true,
      ]);
    }
    for (const { kind, schema, beside } of gateKinds) {
      const keys = [kind, ...Object.keys(beside), ...Object.keys(schema.properties ?? {})];
      const section = sections.get(kind) ?? '';
      expect([kind, keys.filter((key) => !new RegExp(`[\`.]${key}[\`. ]`).test(section))]).toEqual([
        kind,
        [],
      ]);
    }
  });
});
