// The half of a migration file that creates something. The part below a tool's mark for undoing is left out, line by
// line as the tools read it. An unknown mark is refused, because a wrong guess would measure a wrong schema. Pure.

export type MarkingTool = 'dbmate' | 'goose' | 'sql-migrate' | 'node-pg-migrate' | 'tern';

export type UpHalf =
  /** Omitted lines become empty, so that line numbers stay. `tool` is undefined when the file has no marks. */
  | { readonly ok: true; readonly sql: string; readonly tool: MarkingTool | undefined }
  | { readonly ok: false; readonly line: number; readonly message: string };

interface Marks {
  readonly tool: MarkingTool;
  readonly up: RegExp | undefined;
  readonly down: RegExp;
}

const marks: readonly Marks[] = [
  { tool: 'dbmate', up: /^--\s*migrate:up(\s|$)/i, down: /^--\s*migrate:down(\s|$)/i },
  { tool: 'goose', up: /^\s*--\s*\+goose\s+up\b/i, down: /^\s*--\s*\+goose\s+down\b/i },
  { tool: 'sql-migrate', up: /^\s*--\s*\+migrate\s+up\b/i, down: /^\s*--\s*\+migrate\s+down\b/i },
  {
    tool: 'node-pg-migrate',
    up: /^\s*--[\s-]*up\s+migration/i,
    down: /^\s*--[\s-]*down\s+migration/i,
  },
  // The part above the mark needs no mark.
  { tool: 'tern', up: undefined, down: /^----\s*create above\s*\/\s*drop below\s*----/i },
];

/** goose inserts values of variables there, which are unknown here. */
const substitution = /^\s*--\s*\+goose\s+envsub\s+on\b/i;
/** pg_dump has written these lines for psql since August 2025. */
const psqlRestriction = /^\\(un)?restrict(\s+\w+)?\s*$/;

export function takeUpHalf(text: string): UpHalf {
  const lines = text.split('\n').map((line) => (psqlRestriction.test(line) ? '' : line));
  const used = marks.filter((one) => lines.some(isMarkOf(one)));
  const [found, other] = used;
  if (found !== undefined && other !== undefined)
    return refuse(lines, isMarkOf(other), `it has marks of ${found.tool} and of ${other.tool}`);
  if (lines.some((line) => substitution.test(line)))
    return refuse(
      lines,
      (line) => substitution.test(line),
      'goose inserts values of variables here, which are unknown',
    );
  const taken = found === undefined ? lines : cut(lines, found);
  if (!Array.isArray(taken)) return taken;
  const strange = taken.findIndex(looksLikeDown);
  if (strange >= 0)
    return {
      ok: false,
      line: strange + 1,
      message: `${JSON.stringify(taken[strange]?.trim())} looks like a mark for undoing, but no known tool uses it`,
    };
  return { ok: true, sql: taken.join('\n'), tool: found?.tool };
}

/** The part below the mark for undoing; `undefined` when the file has no such mark. */
export function takeDownHalf(text: string): string | undefined {
  const lines = text.split('\n');
  const found = marks.find(({ down }) => lines.some((line) => down.test(line)));
  if (found === undefined) return undefined;
  let isDown = false;
  return lines
    .map((line) => {
      if (found.down.test(line)) isDown = true;
      else if (found.up?.test(line) === true) isDown = false;
      return isDown ? line : '';
    })
    .join('\n');
}

function cut(lines: readonly string[], { tool, up, down }: Marks): string[] | Extract<UpHalf, { ok: false }> {
  let part: 'before' | 'up' | 'down' = up === undefined ? 'up' : 'before';
  const taken: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (up?.test(line) === true) part = 'up';
    else if (down.test(line)) part = 'down';
    if (part === 'before' && !isNothing(line))
      return { ok: false, line: index + 1, message: `there is SQL before the first mark of ${tool}` };
    taken.push(part === 'up' ? line : '');
  }
  return taken;
}

/** Empty, or a comment of one line. */
function isNothing(line: string): boolean {
  return /^\s*(--.*|\/\*.*\*\/\s*)?$/.test(line);
}

function isMarkOf({ up, down }: Marks): (line: string) => boolean {
  return (line) => up?.test(line) === true || down.test(line);
}

function refuse(lines: readonly string[], isAt: (line: string) => boolean, message: string): UpHalf {
  return { ok: false, line: lines.findIndex(isAt) + 1, message };
}

const wayBack = /^(down|downs|rollback|undo|revert|reverse|teardown)$/;
const beside =
  /^(migrate|migrating|migration|migrations|section|step|steps|begin|begins|start|starts|script|sql|part|half|below|here|to|the|up|and)$/;

/**
 * A comment with only such words (`-- ROLLBACK`, `--- Down section ---`), or a word behind a sign that tools use (`--
 * @down`, `--//@UNDO`, `-- tool:down`, `-- +tool Down`). A sentence about undoing is neither.
 */
function looksLikeDown(line: string): boolean {
  const said = /^\s*(?:--|\/\*|#)(.*)$/.exec(line)?.[1]?.toLowerCase();
  if (said === undefined) return false;
  if (/^[\s/*!-]*[@!+]\s*(\w+[\s:]+)?(downs?|undo|rollback|revert)\s*\W*$/.test(said)) return true;
  if (/^[\s-]*[\w-]+:(downs?|undo|rollback|revert)\s*\W*$/.test(said)) return true;
  const words = said.match(/[a-z]+/g) ?? [];
  return (
    words.some((word) => wayBack.test(word)) && words.every((word) => wayBack.test(word) || beside.test(word))
  );
}
