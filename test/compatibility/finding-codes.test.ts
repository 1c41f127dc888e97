// Codes and docs/findings.md belong together: one section for each code, with its words and its severity.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { findingCodes } from '../../src/compatibility/check/finding-codes.ts';

const text = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8');
const sections = new Map(
  text
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...body] = section.split('\n');
      return [heading, body.join('\n')];
    }),
);

describe('docs/findings.md', () => {
  it('has one section for each code, and none for another', () => {
    const expected = Object.entries(findingCodes).map(([code, { slug }]) => `${code} ${slug}`);
    expect([...sections.keys()].sort()).toEqual(expected.sort());
    expect(text.match(/^### /gm)).toHaveLength(expected.length);
  });

  it.each(Object.entries(findingCodes))(
    'says what %s means, with an example, how to fix it, and its severity',
    (code, { slug, severity }) => {
      const section = sections.get(`${code} ${slug}`) ?? '';
      expect(section.trim()).toMatch(new RegExp(`^\\*${severity}`));
      for (const part of ['What it means', 'Example', 'How to fix it'])
        expect(section).toContain(`\n**${part}.** `.trimEnd());
    },
  );
});
