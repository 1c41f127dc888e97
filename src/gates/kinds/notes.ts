// Gate `notes`: the release's notes have the required headings.
import { notesSection } from '../../documents/release/notes-sections.ts';
import { textsOf } from '../../documents/yaml/tree-reader.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import { defineGateKind } from '../define-gate-kind.ts';

export const notesKind = defineGateKind<readonly string[]>({
  kind: 'notes',
  inHotfix: false,
  schema: {
    type: 'array',
    minItems: 1,
    maxItems: 20,
    description: 'headings that the notes of a release must have, such as [Scope, Risk, Rollback]',
    items: { type: 'string', minLength: 1, maxLength: 64, description: 'a heading' },
  },
  read: (entry) => textsOf(entry, 'notes'),
  evaluate: (headings, { release }): GateAnswer => {
    const missing = headings.filter((heading) => notesSection(release.notes, heading) === undefined);
    if (missing.length === 0)
      return { verdict: 'pass', sentence: `The notes have ${headings.join(', ')}.`, evidence: [] };
    const lacking = release.notes === '' ? 'has no notes' : `has notes without ${missing.join(', ')}`;
    const sentence = `${release.id} ${lacking}; a release with other notes needs another id.`;
    return { verdict: 'fail', sentence, evidence: [] };
  },
});
