// The differences between two documents, place by place.

type Row = { readonly path: string; readonly before: unknown; readonly after: unknown };

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function compare(before: unknown, after: unknown, path = ''): readonly Row[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isFields(before) || !isFields(after)) return [{ path, before, after }];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) =>
    compare(before[name], after[name], path === '' ? name : `${path} › ${name}`),
  );
}

export function JsonDiff({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  const rows = compare(before, after);
  if (rows.length === 0) return <p class="dim">Nothing differs.</p>;
  return (
    <ul class="diff" aria-label="differences">
      {rows.map((row) => (
        <li key={row.path}>
          <strong>{row.path}</strong>
          {row.before === undefined ? null : <del>{format(row.before)}</del>}
          {row.after === undefined ? null : <ins>{format(row.after)}</ins>}
        </li>
      ))}
    </ul>
  );
}

function format(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 1);
}
