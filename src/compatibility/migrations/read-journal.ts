// Drizzle's journal, `meta/_journal.json`: the migrations, and the time by which the ledger knows each. Pure.

export type Journal =
  | { readonly ok: true; readonly entries: readonly { readonly tag: string; readonly when: string }[] }
  | { readonly ok: false; readonly message: string };

export function readJournal(text: string | undefined): Journal {
  if (text === undefined) return refuse('meta/_journal.json does not exist');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('meta/_journal.json is not JSON');
  }
  const list: unknown =
    typeof value === 'object' && value !== null && 'entries' in value ? value.entries : undefined;
  if (!Array.isArray(list)) return refuse('meta/_journal.json has no entries');
  const entries: { tag: string; when: string }[] = [];
  for (const entry of list as readonly unknown[]) {
    const isEntry = typeof entry === 'object' && entry !== null && 'tag' in entry && 'when' in entry;
    if (!isEntry || typeof entry.tag !== 'string' || typeof entry.when !== 'number')
      return refuse('meta/_journal.json has an entry without tag or when');
    entries.push({ tag: entry.tag, when: String(entry.when) });
  }
  return { ok: true, entries };
}

function refuse(message: string): Journal {
  return { ok: false, message };
}
