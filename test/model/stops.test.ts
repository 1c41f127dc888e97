import { describe, expect, it } from '@jest/globals';
import { formatFreeze, formatVeto } from '../../src/documents/format-stops.ts';
import {
  brokenFreeze,
  brokenVeto,
  parseFreeze,
  parseVeto,
  readFreeze,
  readVeto,
} from '../../src/documents/parse-stops.ts';

const source = { name: 'peak', environments: new Set(['prod', 'eu']) };
const messagesOf = (text: string) => {
  const parsed = parseFreeze(text, source);
  return parsed.ok
    ? []
    : parsed.problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
};

describe('freezes', () => {
  it('read back as they are written', () => {
    const text = formatFreeze({
      name: 'peak',
      environments: ['prod'],
      reason: 'sales: no changes',
      from: '2026-11-25',
      until: '2026-11-27',
      allowsHotfix: true,
    });
    expect(text).toBe(`# yaml-language-server: $schema=../schemas/freeze.json
freeze: peak
environments:
  - prod
reason: "sales: no changes"
from: 2026-11-25
until: 2026-11-27
allow:
  - hotfix
`);
    expect(parseFreeze(text, source)).toEqual({
      ok: true,
      value: {
        name: 'peak',
        environments: ['prod'],
        reason: 'sales: no changes',
        from: Date.UTC(2026, 10, 25),
        until: Date.UTC(2026, 10, 28),
        allowsHotfix: true,
        broken: undefined,
      },
    });
  });

  it('hold for all environments and for ever unless they say otherwise', () => {
    const text = formatFreeze({
      name: 'peak',
      environments: undefined,
      reason: 'x',
      until: '2026-11-27T12:00:00+01:00',
    });
    expect(readFreeze(text, source)).toMatchObject({
      environments: undefined,
      from: undefined,
      until: Date.UTC(2026, 10, 27, 11),
    });
  });

  it.each([
    ['freeze: peek\nreason: x\n', 'freezes/peak.yaml:1:9 "peek" differs from the file name "peak"'],
    [
      'freeze: peak\nreason: x\nenvironments: [prdo]\n',
      'freezes/peak.yaml:3:16 there is no environment "prdo"; did you mean "prod"?',
    ],
    [
      'freeze: peak\nreason: x\nuntil: monday\n',
      'freezes/peak.yaml:3:8 "monday" is not a date: expected YYYY-MM-DD or an RFC 3339 time with a zone',
    ],
    [
      'freeze: peak\nreason: x\nfrom: 2026-11-26\nuntil: 2026-11-25\n',
      'freezes/peak.yaml:4:8 it ends before it begins',
    ],
    [
      'freeze: peak\nreason: x\nallow: [all]\n',
      'freezes/peak.yaml:3:9 "all" is not possible here: expected hotfix',
    ],
    ['freeze: peak\n', 'freezes/peak.yaml:1:1 "reason" is missing: the reason, for people'],
  ])('freeze everything when broken: %j', (text, expected) => {
    expect(messagesOf(text)).toEqual([expected]);
    const freeze = readFreeze(text, source);
    expect(freeze).toMatchObject({
      name: 'peak',
      environments: undefined,
      from: undefined,
      until: undefined,
      allowsHotfix: false,
    });
    expect(freeze.broken).toContain(expected.replace(/^\S+ /, ''));
  });

  it.each(['', '[', 'a: &b 1', '\uFEFFfreeze: peak\nreason: x\n'])(
    'freeze everything when they are not YAML of ours: %j',
    (text) => {
      expect(readFreeze(text, source).broken).toBeDefined();
      expect(brokenFreeze('peak', 'it is a symbolic link').reason).toBe(
        'freezes/peak.yaml cannot be read, so everything is frozen: it is a symbolic link',
      );
    },
  );
});

describe('vetoes', () => {
  it('read back as they are written', () => {
    const text = formatVeto({ release: '1.10', reason: 'loses orders' });
    expect(text).toBe(
      '# yaml-language-server: $schema=../schemas/veto.json\nveto: "1.10"\nreason: loses orders\n',
    );
    expect(parseVeto(text, { release: '1.10' })).toEqual({
      ok: true,
      value: { release: '1.10', reason: 'loses orders', broken: undefined },
    });
  });

  it.each(['', 'veto: v2\n', 'veto: v1\nreason: x\n', 'veto: v2\nreason: x\nextra: 1\n'])(
    'veto when broken: %j',
    (text) => {
      const { release, broken } = readVeto(text, { release: 'v2' });
      expect(release).toBe('v2');
      expect(broken).toContain('vetoes/v2.yaml');
      expect(brokenVeto('v2', broken ?? '').reason).toContain('so the release is vetoed');
    },
  );
});
