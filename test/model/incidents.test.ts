import { describe, expect, it } from '@jest/globals';
import { incidentFile } from '../../src/documents/incident-file.ts';
import { parseIncident } from '../../src/documents/parse-incident.ts';

const facts = {
  environment: 'production',
  release: 'v1.2.3',
  opened: Date.parse('2026-11-29T03:12:00Z'),
  severity: 'high',
  cause: 'smoke',
  actor: 'stk-hub@localhost',
  to: 'v1.2.2',
  reason: 'The smoke test "health" failed:\n# not a heading',
  timeline: [{ at: Date.parse('2026-11-29T03:11:00Z'), text: 'Ada moved production to v1.2.3 (abc).' }],
} as const;

describe('an incident', () => {
  it('is written once, and read back by its front matter', () => {
    const file = incidentFile(facts, []);
    expect(file).toMatchObject({
      name: '2026-11-29-production-v1.2.3',
      path: 'incidents/2026-11-29-production-v1.2.3.md',
    });
    expect(file.text).toContain(
      '# production: v1.2.3 was rolled back to v1.2.2\n\nThe smoke test "health" failed: # not a',
    );
    expect(file.text).toContain('- 2026-11-29T03:11:00.000Z: Ada moved production to v1.2.3 (abc).\n');
    expect(file.text).toContain('- [ ] Define the corrective action and its owner.');
    const { environment, release, opened, severity, cause, actor } = facts;
    const incident = file.name;
    expect(parseIncident(file.text, file.name)).toEqual({
      ok: true,
      value: {
        incident,
        environment,
        release,
        opened,
        severity,
        cause,
        actor,
        title: undefined,
        areas: undefined,
      },
    });
    expect(incidentFile(facts, [`${file.name}.md`]).name).toBe(`${file.name}-2`);
    expect(incidentFile(facts, [`${file.name}.md`, `${file.name}-2.md`]).name).toBe(`${file.name}-3`);
  });

  it('is none without front matter, and names the line of what is wrong', () => {
    expect(parseIncident('# How we write incidents\n', 'README')).toBeNull();
    const text = incidentFile(facts, []).text.replace('severity: high', 'severity: awful');
    const parsed = parseIncident(text, 'another-name');
    expect(parsed).toMatchObject({
      ok: false,
      problems: [
        expect.objectContaining({ pointer: '/incident', line: 2 }),
        expect.objectContaining({ pointer: '/severity', line: 6 }),
      ],
    });
  });
});
