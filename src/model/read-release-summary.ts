// Reads from a release document only what a list of releases shows. Lenient: parse-release.ts judges the document.
import { isMap, parseDocument } from 'yaml';

export interface ReleaseSummary {
  /** '' where the document does not say it. */
  readonly ref: string;
  readonly createdAt: string;
  readonly notes: string | null;
}

export function readReleaseSummary(text: string): ReleaseSummary {
  const { contents } = parseDocument(text, { schema: 'failsafe', logLevel: 'silent' });
  const read = (key: string): string | undefined => {
    const value: unknown = isMap(contents) ? contents.get(key) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  return { ref: read('ref') ?? '', createdAt: read('createdAt') ?? '', notes: read('notes') ?? null };
}
