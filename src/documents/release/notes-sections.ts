// Sections of a release's notes, as people write them: `Scope:`, `Scope: text`, `## Scope` or `**Scope**`, in any letter case.

/** Headings of the template for release notes; each ends the section before it. */
export const notesHeadings = ['Release', 'Date', 'Scope', 'Risk', 'Validation', 'Rollback'] as const;

/** The text under the heading, with the rest of its line; `undefined` when the heading is missing. */
export function notesSection(notes: string, heading: string): string | undefined {
  const lines = notes.split(/\r?\n/);
  const start = lines.findIndex((line) => textAfter(line, heading) !== undefined);
  if (start < 0) return undefined;
  const ends = (line: string): boolean =>
    /^#{1,6}\s/.test(line) || notesHeadings.some((one) => textAfter(line, one) !== undefined);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(ends);
  const body = [textAfter(lines[start] ?? '', heading) ?? '', ...(end < 0 ? rest : rest.slice(0, end))];
  return body.join('\n').trim();
}

/** The rest of the heading's line; `undefined` when the line is not this heading. */
function textAfter(line: string, heading: string): string | undefined {
  const bare = line.replace(/^#{1,6}\s+/, '').replaceAll(/\*\*|__/g, '');
  if (bare.slice(0, heading.length).toLowerCase() !== heading.toLowerCase()) return undefined;
  const after = bare.slice(heading.length).trim();
  if (after === '') return '';
  return after.startsWith(':') ? after.slice(1).trim() : undefined;
}
