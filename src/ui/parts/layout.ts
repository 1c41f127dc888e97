// Where each environment's card stands: columns in promotion order, one below another where several come from the same place.
// Without any order they fill the width. Pure.

export interface Placed {
  readonly environment: string;
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly cards: readonly Placed[];
  readonly lines: readonly { readonly from: string; readonly to: string; readonly path: string }[];
  readonly width: number;
  readonly height: number;
}

export interface Stage {
  readonly environment: string;
  readonly from: readonly string[];
}

export const card = { width: 280, height: 300, gapX: 56, gapY: 20 } as const;

export function placeStages(stages: readonly Stage[], width: number): Layout {
  const columns = Math.max(1, Math.floor((width + card.gapX) / (card.width + card.gapX)));
  const hasOrder = stages.some(({ from }) => from.length > 0);
  const isNarrow = columns < 2;
  const ordered = hasOrder ? byDepth(stages) : undefined;
  const stepX = card.width + card.gapX;
  const stepY = card.height + card.gapY;
  const cards =
    ordered === undefined || isNarrow
      ? inRows(
          isNarrow && ordered !== undefined ? ordered.flat() : stages.map(({ environment }) => environment),
          columns,
        )
      : ordered.flatMap((names, column) =>
          names.map((environment, row) => ({ environment, x: column * stepX, y: row * stepY })),
        );
  const at = new Map(cards.map((placed) => [placed.environment, placed]));
  const lines = stages.flatMap(({ environment, from }) =>
    from.flatMap((source) => {
      const [a, b] = [at.get(source), at.get(environment)];
      return a === undefined || b === undefined ? [] : [{ from: source, to: environment, path: curve(a, b) }];
    }),
  );
  return {
    cards,
    lines,
    width: Math.max(0, ...cards.map(({ x }) => x)) + card.width,
    height: Math.max(0, ...cards.map(({ y }) => y)) + card.height,
  };
}

function inRows(names: readonly string[], columns: number): readonly Placed[] {
  return names.map((environment, index) => ({
    environment,
    x: (index % columns) * (card.width + card.gapX),
    y: Math.floor(index / columns) * (card.height + card.gapY),
  }));
}

/** Names by the longest way that leads to them. A circle, which stk.yaml may not have, ends where it began. */
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

function curve(a: Placed, b: Placed): string {
  const middle = card.height / 2;
  if (a.x === b.x) {
    const x = a.x + card.width / 2;
    return `M${x} ${a.y + card.height} L${x} ${b.y}`;
  }
  const [x1, y1, x2, y2] = [a.x + card.width, a.y + middle, b.x, b.y + middle];
  const bend = Math.max(20, (x2 - x1) / 2);
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
