// Reads from a release document only what a list of releases shows. Lenient on purpose; parse-release.ts judges the
// document.
import { isMap } from 'yaml';
import { parseUnjudged } from '../yaml/load-yaml.ts';

/** Most characters of one value: as many as a valid release may have. */
const maxLength = 65_536;

/** Most characters of a document in flow style, because all of it has to be read. */
const longestFlow = 262_144;

export interface ReleaseSummary {
  /** '' when the document does not have it. */
  readonly ref: string;
  readonly createdAt: string;
  readonly notes: string | null;
}

/** Its cost depends on these three keys, not on the size of the document. */
export function readReleaseSummary(text: string): ReleaseSummary {
  const contents = parseUnjudged(selectKeys(text), 'failsafe')?.contents;
  const read = (key: string): string | undefined => {
    const value: unknown = isMap(contents) ? contents.get(key) : undefined;
    return typeof value === 'string' ? value.slice(0, maxLength) : undefined;
  };
  return { ref: read('ref') ?? '', createdAt: read('createdAt') ?? '', notes: read('notes') ?? null };
}

/** The lines of the three keys: in a block mapping, only its own keys start in the first column. */
function selectKeys(text: string): string {
  const isFlow = /^(?:\s|#.*\n|---\s)*[{[]/.test(text);
  if (isFlow) return text.length > longestFlow ? '' : text;
  const sections = text.split(/^(?=[^\s#])/m);
  return sections.filter((section) => /^["']?(?:ref|createdAt|notes)["']?\s*:/.test(section)).join('');
}
