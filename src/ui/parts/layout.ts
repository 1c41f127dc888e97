// The position of each environment's card: columns in promotion order, one below another when several have the same
// source. Without an order they fill the width. Pure.

export interface Placed {
  readonly environment: string;
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly cards: readonly Placed[];
  readonly lines: readonly { readonly from: string; readonly to: string; readonly path: string }[];
  readonly cardWidth: number;
  readonly width: number;
  readonly height: number;
}

export interface Stage {
  readonly environment: string;
  readonly from: readonly string[];
}

export const card = { least: 264, most: 340, height: 340, gapX: 44, gapY: 28 } as const;

export function placeStages(stages: readonly Stage[], width: number): Layout {
  const fitting = Math.max(1, Math.floor((width + card.gapX) / (card.least + card.gapX)));
  const ordered = stages.some(({ from }) => from.length > 0) ? byDepth(stages) : undefined;
  const isNarrow = fitting < 2;
  const columns = ordered === undefined || isNarrow ? fitting : ordered.length;
  const cardWidth = isNarrow ? width : widthFor(columns, width);
  const stepX = cardWidth + card.gapX;
  const stepY = card.height + card.gapY;
  const names = stages.map(({ environment }) => environment);
  const cards =
    ordered === undefined || isNarrow
      ? (ordered === undefined ? names : inOneColumn(stages, ordered)).map((environment, index) => ({
          environment,
          x: (index % columns) * stepX,
          y: Math.floor(index / columns) * stepY,
        }))
      : ordered.flatMap((rows, column) =>
          rows.map((environment, row) => ({ environment, x: column * stepX, y: row * stepY })),
        );
  const at = new Map(cards.map((placed) => [placed.environment, placed]));
  const lines = stages.flatMap(({ environment, from }) =>
    from.flatMap((source) => {
      const [a, b] = [at.get(source), at.get(environment)];
      if (a === undefined || b === undefined || (isNarrow && b.y - a.y !== stepY)) return [];
      return [{ from: source, to: environment, path: lineBetween(a, b, cardWidth) }];
    }),
  );
  return {
    cards,
    lines,
    cardWidth,
    width: Math.max(0, ...cards.map(({ x }) => x)) + cardWidth,
    // Lines that pass cards by run below the lowest.
    height: Math.max(0, ...cards.map(({ y }) => y)) + stepY,
  };
}

/** What nothing comes from and nothing leads to is last, so that it does not part two that belong together. */
function inOneColumn(stages: readonly Stage[], ordered: readonly (readonly string[])[]): readonly string[] {
  const joined = new Set(
    stages.flatMap(({ environment, from }) => (from.length === 0 ? [] : [environment, ...from])),
  );
  const names = ordered.flat();
  return [...names.filter((name) => joined.has(name)), ...names.filter((name) => !joined.has(name))];
}

/** Cards share the width, within what reads well. */
function widthFor(columns: number, width: number): number {
  const shared = Math.floor((width - (columns - 1) * card.gapX) / columns);
  return Math.min(card.most, Math.max(card.least, shared));
}

/** Names by the longest path to them. A circle, which stk.yaml must not have, ends where it began. */
function byDepth(stages: readonly Stage[]): readonly (readonly string[])[] {
  const sources = new Map(stages.map(({ environment, from }) => [environment, from]));
  const depths = new Map<string, number>();
  const depthOf = (name: string, seen: ReadonlySet<string>): number => {
    const known = depths.get(name);
    if (known !== undefined || seen.has(name)) return known ?? 0;
    const before = (sources.get(name) ?? []).filter((one) => sources.has(one));
    const depth = Math.max(-1, ...before.map((one) => depthOf(one, new Set([...seen, name])))) + 1;
    depths.set(name, depth);
    return depth;
  };
  const columns: string[][] = [];
  for (const { environment } of stages) (columns[depthOf(environment, new Set())] ??= []).push(environment);
  return columns;
}

/** From one card's side to the next one's; a line that passes a column by runs below the cards, never behind them. */
function lineBetween(a: Placed, b: Placed, width: number): string {
  if (a.x === b.x) {
    const x = a.x + width / 2;
    return `M${x} ${a.y + card.height} L${x} ${b.y}`;
  }
  const bend = card.gapX / 2;
  const isNext = b.x - a.x <= width + card.gapX;
  const offset = isNext ? 0 : 24;
  const [x1, y1, x2, y2] = [a.x + width, a.y + card.height / 2 + offset, b.x, b.y + card.height / 2 + offset];
  if (isNext) return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  const below = Math.max(a.y, b.y) + card.height + card.gapY / 2;
  const [left, right] = [x1 + bend, x2 - bend];
  return `M${x1} ${y1} Q${left} ${y1} ${left} ${y1 + bend} V${below - bend / 2} Q${left} ${below} ${left + bend / 2} ${below} H${right - bend / 2} Q${right} ${below} ${right} ${below - bend / 2} V${y2 + bend} Q${right} ${y2} ${x2} ${y2}`;
}
