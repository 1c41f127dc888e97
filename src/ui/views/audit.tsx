// Every decision, the newest first: searched while it comes in, and saved as the file that the Hub sent.
import { useEffect, useState } from 'preact/hooks';
import { Refusal, Time } from '../parts/verdict.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import type { AuditEntry } from '../state/answers.ts';
import { lines, Problem } from '../state/hub.ts';
import { projectPath, useKnown } from '../state/store.ts';

export function AuditView() {
  return (
    <>
      <h1>Audit</h1>
      <AuditList query="" />
    </>
  );
}

/** Entries that the page keeps; the search says so when there are more. */
const most = 20_000;

export function AuditList({ query }: { readonly query: string }) {
  const { told } = useKnown();
  const [entries, setEntries] = useState<readonly AuditEntry[]>([]);
  const [problem, setProblem] = useState<Problem>();
  const [isReading, setReading] = useState(true);
  const [sought, seek] = useState('');
  useEffect(() => {
    const reading = new AbortController();
    const read = async (): Promise<void> => {
      const found: AuditEntry[] = [];
      for await (const some of lines<AuditEntry>(`${projectPath()}/audit?${query}`, reading.signal)) {
        found.push(...some);
        if (found.length >= most) break;
      }
      setEntries(found.slice(0, most));
      setProblem(undefined);
    };
    setReading(true);
    read()
      .catch((error: unknown) => {
        if (!reading.signal.aborted)
          setProblem(error instanceof Problem ? error : new Problem(0, { detail: String(error) }));
      })
      .finally(() => setReading(false));
    return () => reading.abort();
  }, [query, told]);
  const words = sought.toLowerCase();
  const shown = entries.filter(
    (entry) => words === '' || JSON.stringify(entry).toLowerCase().includes(words),
  );
  return (
    <>
      <div class="bar">
        <label>
          Search
          <input type="search" value={sought} onInput={(event) => seek(event.currentTarget.value)} />
        </label>
        <button type="button" onClick={() => save(shown)} disabled={shown.length === 0}>
          Save as a file
        </button>
        <span role="status">
          {isReading && entries.length === 0 ? 'reading …' : `${shown.length} entries`}
          {entries.length < most ? '' : ', only of the newest'}
        </span>
      </div>
      {problem === undefined ? null : <Refusal problem={problem} />}
      <VirtualList
        label="decisions"
        items={shown}
        rowHeight={72}
        row={(entry) => (
          <div class="row">
            <strong>{entry.action}</strong>
            <span>
              {[entry.version, entry.to_stage].filter((part) => part !== null).join(' → ')}{' '}
              {entry.result === null ? null : <span class="dim">{entry.result}</span>}
            </span>
            <span class="dim clip">
              <Time at={entry.timestamp} /> {entry.actor ?? ''} {entry.reason ?? ''}
            </span>
          </div>
        )}
      />
    </>
  );
}

function save(entries: readonly AuditEntry[]): void {
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }));
  link.download = 'audit.jsonl';
  link.click();
  URL.revokeObjectURL(link.href);
}
