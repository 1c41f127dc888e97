// The commands of a Markdown document: its sh blocks, what each is to print, and which are marked as not run. Parsing only.

export interface CommandBlock {
  /** Path of the document, from the root. */
  readonly file: string;
  /** 1-based line of the fence. */
  readonly line: number;
  readonly commands: string;
  /** Lines of the `text` block that follows; `…` stands for anything. */
  readonly expected: readonly string[];
  /** Of `<!-- not run: REASON -->` on the line above; undefined: it is run. */
  readonly notRun: string | undefined;
}

export interface OtherLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface DocCommands {
  readonly blocks: readonly CommandBlock[];
  /** Lines that look like a command and stand in another block, or indented in none. */
  readonly strays: readonly OtherLine[];
  /** What stands in backticks within the text. */
  readonly spans: readonly OtherLine[];
}

const command =
  /^(?:\$ )?(?:npx |stk |npm |psql |curl |docker |\.ci\/run|git (?:add|branch|checkout|clone|commit|config|fetch|log|push|revert|tag)\b)/;

export function readCommands(file: string, text: string): DocCommands {
  const lines = text.split('\n');
  const blocks: CommandBlock[] = [];
  const strays: OtherLine[] = [];
  const spans: OtherLine[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const fence = /^```(\w*)$/.exec(line);
    if (fence === null) {
      if (/^ {4}/.test(line) && command.test(line.trim()))
        strays.push({ file, line: at + 1, text: line.trim() });
      for (const [, span] of line.matchAll(/`([^`]+)`/g))
        spans.push({ file, line: at + 1, text: span ?? '' });
      continue;
    }
    const { body, end } = readFence(lines, at);
    if (fence[1] === 'sh') {
      const mark = /^<!-- not run: (.+) -->$/.exec(lines[at - 1] ?? '');
      const follows = lines[end + 1] === '```text' ? readFence(lines, end + 1).body : [];
      const expected = follows.filter((one) => one.trim() !== '');
      blocks.push({ file, line: at + 1, commands: `${body.join('\n')}\n`, expected, notRun: mark?.[1] });
    } else {
      body.forEach((one, i) => {
        if (fence[1] !== 'text' && command.test(one.trim()))
          strays.push({ file, line: at + 2 + i, text: one.trim() });
      });
    }
    at = end;
  }
  return { blocks, strays, spans };
}

/** A printed line as a pattern; runs of blanks match runs of blanks, `…` anything. */
export function toPattern(line: string): RegExp {
  const parts = line
    .trim()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('.*').replace(/ +/g, '\\s+'));
}

function readFence(lines: readonly string[], start: number): { body: readonly string[]; end: number } {
  const length = lines.slice(start + 1).indexOf('```');
  if (length === -1) throw new Error(`line ${start + 1}: a block has no end`);
  return { body: lines.slice(start + 1, start + 1 + length), end: start + 1 + length };
}
