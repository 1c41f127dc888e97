// Reads the front matter of incidents/<name>.md. Everything after it is for people. A file without front matter is not an incident.
import { isDateTime } from '../kernel/times.ts';
import {
  type Incident,
  incidentCauses,
  incidentPath,
  severities,
  type IncidentCause,
  type IncidentSeverity,
} from '../model/pipeline/incident.ts';
import type { Parsed } from '../model/problem.ts';
import type { DocumentSchema } from './schemas/document-schema.ts';
import { environmentNameSchema, textSchema } from './schemas/value-schemas.ts';
import { readDocument } from './yaml/read-document.ts';
import { child, textOf, textsOf } from './yaml/tree-reader.ts';
import { idSyntax } from '../kernel/ids.ts';

export const maxIncidentBytes = 256 * 1024;
const maxFrontBytes = 16 * 1024;

const frontMatter: DocumentSchema = {
  type: 'object',
  description: 'the front matter of an incident',
  properties: {
    incident: { ...textSchema, description: 'the name of the incident, equal to the file name' },
    environment: environmentNameSchema,
    release: { type: 'string', pattern: idSyntax, description: 'the id of a release' },
    opened: { ...textSchema, description: 'when it was opened, RFC 3339' },
    severity: { type: 'string', enum: [...severities], description: severities.join(', ') },
    cause: { type: 'string', enum: [...incidentCauses], description: incidentCauses.join(', ') },
    actor: { ...textSchema, description: 'who opened it' },
    title: { ...textSchema, description: 'what happened' },
    areas: {
      type: 'array',
      maxItems: 100,
      description: 'what it affects',
      items: { ...textSchema, maxLength: 64, description: 'an area' },
    },
  },
  required: ['incident', 'environment', 'release', 'opened', 'severity', 'cause', 'actor'],
};

/** `null` when it has no front matter. `name`: the file's name without `.md`. */
export function parseIncident(text: string, name: string): Parsed<Incident> | null {
  const front = /^---\r?\n([\s\S]*?\n)---\r?\n/.exec(text)?.[1];
  if (front === undefined) return null;
  const file = incidentPath(name);
  const source = { file, maxBytes: maxFrontBytes, schema: frontMatter };
  // An empty line first, so that line numbers are those of the file.
  const { root, report, problems } = readDocument(`\n${front}`, source);
  const said = textOf(root, 'incident');
  if (said !== undefined && said !== name)
    report('/incident', `"${said}" differs from the file name "${name}"`);
  const opened = textOf(root, 'opened') ?? '';
  if (opened !== '' && !isDateTime(opened))
    report('/opened', `"${opened}" is not a time: expected RFC 3339 with a zone`);
  const found = problems();
  if (found.length > 0) return { ok: false, problems: found };
  const severity = severities.find((one): one is IncidentSeverity => one === textOf(root, 'severity'));
  const cause = incidentCauses.find((one): one is IncidentCause => one === textOf(root, 'cause'));
  return {
    ok: true,
    value: {
      incident: name,
      environment: textOf(root, 'environment') ?? '',
      release: textOf(root, 'release') ?? '',
      opened: Date.parse(opened),
      severity: severity ?? 'critical',
      cause: cause ?? 'manual',
      actor: textOf(root, 'actor') ?? '',
      title: textOf(root, 'title'),
      areas: child(root, 'areas') === undefined ? undefined : textsOf(root, 'areas'),
    },
  };
}
