// The document of a rollback drill, made from the template beside it in the config repo.
import type { DrillTimes, DrillWay } from '../../promotion/drill-trailers.ts';

export const drillFolder = 'docs/releases/rollback-drills';
export const drillTemplatePath = `${drillFolder}/ROLLBACK_DRILL_TEMPLATE.md`;

export interface DrillReport {
  readonly id: string;
  readonly environment: string;
  readonly release: string;
  /** Last-known-good. */
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly by: string;
  readonly back: DrillWay;
  readonly forward: Omit<DrillTimes, 'decideMs'> & { readonly isGood: boolean };
  readonly result: 'passed' | 'failed';
  /** The problems, one line each. */
  readonly problems: readonly string[];
}

/** `{{name}}` is replaced; a custom template may leave out any part. */
export const drillTemplate = `---
drill: {{id}}
environment: {{environment}}
release: {{release}}
to: {{to}}
result: {{result}}
---

# Rollback drill, {{environment}}, {{date}}

- Started: {{started}} by {{by}}
- Drilled release: {{release}}
- Last known good: {{to}}
- Result: {{result}}

| step | time |
|---|---|
| decide | {{decide}} |
| serve {{to}} | {{serve}} |
| verify {{to}} | {{verify}} |
| serve {{release}} again | {{serveAgain}} |
| verify {{release}} again | {{verifyAgain}} |

## Problems

{{problems}}

## What we learned

- [ ] Was everybody who had to know told?
- [ ] Did the person on call find the command without help?
- [ ] What was slow, and who makes it faster?
`;

export function writeDrillDocument(template: string, report: DrillReport): string {
  const { startedAt, back, forward, problems } = report;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const values = new Map<string, string>([
    ['id', report.id],
    ['environment', report.environment],
    ['release', report.release],
    ['to', report.to],
    ['result', report.result],
    ['date', new Date(startedAt).toISOString().slice(0, 10)],
    ['started', new Date(startedAt).toISOString()],
    ['by', report.by],
    ['decide', seconds(back.decideMs)],
    ['serve', seconds(back.serveMs)],
    ['verify', seconds(back.verifyMs)],
    ['serveAgain', seconds(forward.serveMs)],
    ['verifyAgain', seconds(forward.verifyMs)],
    ['problems', problems.length === 0 ? 'None.' : problems.map((one) => `- ${one}`).join('\n')],
  ]);
  return template.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => values.get(name) ?? whole);
}
