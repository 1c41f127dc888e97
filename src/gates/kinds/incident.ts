// Gate `incident`: no environment has an open incident of at least that severity that affects one of the areas.
import { defineGateKind } from '../define-gate-kind.ts';
import { describeTime } from '../describe-time.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { OpenIncident } from '../../model/pipeline/gate-facts.ts';
import { severities, type IncidentSeverity } from '../../model/pipeline/incident.ts';
import { mapOf, textOf, textsOf } from '../../documents/yaml/tree-reader.ts';

interface IncidentConfig {
  readonly severity: IncidentSeverity;
  /** An empty list means all areas. */
  readonly areas: readonly string[];
}

export const incidentKind = defineGateKind<IncidentConfig>({
  kind: 'incident',
  inHotfix: false,
  schema: {
    type: 'object',
    description: 'which open incidents stop a release: { severity: high, areas: [auth] }',
    properties: {
      severity: {
        type: 'string',
        enum: [...severities],
        description: `the least severity that stops: ${severities.join(', ')}`,
      },
      areas: {
        type: 'array',
        minItems: 1,
        maxItems: 100,
        description: 'only incidents that affect one of these, or that name no area',
        items: { type: 'string', minLength: 1, maxLength: 64, description: 'an area' },
      },
    },
    required: ['severity'],
    additionalProperties: false,
  },
  read: (entry) => {
    const settings = mapOf(entry, 'incident');
    const severity = severities.find((one) => one === textOf(settings, 'severity')) ?? 'low';
    return { severity, areas: textsOf(settings, 'areas') };
  },
  evaluate: (config, { incidents }): GateAnswer => {
    if (incidents === undefined || !incidents.known) {
      const why = incidents === undefined ? 'they have not been read' : incidents.why;
      return { verdict: 'error', sentence: `The incidents cannot be read: ${why}.`, evidence: [] };
    }
    const [first, ...others] = incidents.value.filter((one) => stops(config, one));
    if (first === undefined)
      return {
        verdict: 'pass',
        sentence: `No incident of severity ${config.severity} or higher is open.`,
        evidence: [],
      };
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const since = describeTime(first.opened);
    return {
      verdict: 'pending',
      sentence: `The incident ${first.incident} (${first.severity}, open since ${since})${more} is not closed.`,
      evidence: [],
      help: `stk incident close ${first.incident} --text "…"`,
    };
  },
});

function stops({ severity, areas }: IncidentConfig, incident: OpenIncident): boolean {
  const isSevere = severities.indexOf(incident.severity) >= severities.indexOf(severity);
  const affects =
    areas.length === 0 || incident.areas.length === 0 || incident.areas.some((one) => areas.includes(one));
  return isSevere && affects;
}
