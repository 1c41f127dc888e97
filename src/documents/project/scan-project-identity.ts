// Finds the names in a stk.yaml that is written the usual way, without the YAML library. Gives up when the meaning
// would need a parser: unclosed quotes, anchors, block texts, flow over several lines.

export interface PlainIdentity {
  readonly project: string | undefined;
  readonly hub: string | undefined;
  readonly environments: readonly string[];
}

const keyLine = /^( *)([A-Za-z][A-Za-z0-9._-]{0,63}):(?: +(.*))?$/;
const untamed = /[|>&*!?%@`\t\\]|<</;
const plainName = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
const plainUrl = /^https?:\/\/[A-Za-z0-9._~:/[\]-]*[A-Za-z0-9/]$/;
const keyword = /^(null|true|false)$/i;

/** `undefined` when the text needs a parser. */
export function scanProjectIdentity(text: string): PlainIdentity | undefined {
  const values = new Map<string, string>();
  const environments = new Set<string>();
  let section = '';
  /** The line above has its whole value: nothing may be indented below it. */
  let closedAt: number | undefined;
  let depth: number | undefined;
  for (const raw of text.split('\n')) {
    const line = dropComment(raw.endsWith('\r') ? raw.slice(0, -1) : raw);
    if (line === undefined || !isBalanced(line)) return undefined;
    if (line.trim() === '') continue;
    const indent = line.search(/[^ ]/);
    if (indent > (closedAt ?? (values.size === 0 ? 0 : Infinity))) return undefined;
    const isName = section === 'environments' && (depth === undefined || indent <= depth);
    if (indent > 0 && !isName) continue;
    const [, , key, value = ''] = keyLine.exec(line) ?? [];
    if (key === undefined || keyword.test(key)) return undefined;
    closedAt = value === '' ? undefined : indent;
    if (indent === 0) {
      if (values.has(key)) return undefined;
      values.set(key, value);
      section = value === '' ? key : '';
      depth = undefined;
      continue;
    }
    depth ??= indent;
    if (indent !== depth || environments.has(key)) return undefined;
    environments.add(key);
  }
  const [project, hub, listed] = ['project', 'hub', 'environments'].map((key) => values.get(key));
  if (listed !== undefined && listed !== '') return undefined;
  if (project !== undefined && (!plainName.test(project) || keyword.test(project))) return undefined;
  if (hub !== undefined && !plainUrl.test(hub)) return undefined;
  return { project, hub, environments: [...environments] };
}

/** `undefined` when it is unclear where the comment begins, or the line is not simple. */
function dropComment(line: string): string | undefined {
  const at = line.search(/(^| )#/);
  const content = (at < 0 ? line : line.slice(0, at)).trimEnd();
  if (untamed.test(content) || (at >= 0 && /["']/.test(content))) return undefined;
  return content;
}

function isBalanced(line: string): boolean {
  const count = (pattern: RegExp): number => line.match(pattern)?.length ?? 0;
  return (
    count(/[{[]/g) === count(/[}\]]/g) && count(/"/g) % 2 === 0 && count(/'/g) % 2 === 0 && !/^ *-/.test(line)
  );
}
