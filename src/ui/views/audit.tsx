// Every decision, the newest first: can be searched while it loads, and saved as the Hub's file.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refusal } from '../parts/findings.tsx';
import { Time } from '../parts/time.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import type { AuditEntry } from '../state/answers.ts';
import { lines, Problem } from '../state/hub.ts';
import { linkTo } from '../state/route.ts';
import { projectPath, useKnown } from '../state/store.ts';

export function AuditView() {
  return (
    <div class="page">
      <h1>Audit</h1>
      <AuditList query="" />
    </div>
  );
}

/** The most entries that the page keeps; the search shows when there are more. */
const most = 20_000;

interface Kept {
  readonly entry: AuditEntry;
  /** What is searched. */
  readonly text: string;
}

export function AuditList({ query }: { readonly query: string }) {
  const { entries, problem } = useEntries(query);
  const [sought, seek] = useState('');
  const words = sought.trim().toLowerCase();
  const shown = (entries ?? []).filter(({ text }) => text.includes(words));
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
        <span role="status" class="dim">
          {entries === undefined ? 'reading …' : `${shown.length} entries`}
          {entries === undefined || entries.length < most ? '' : ', only of the newest'}
        </span>
      </div>
      {problem === undefined ? null : <Refusal problem={problem} />}
      <VirtualList
        label="decisions"
        items={shown}
        rowHeight={60}
        row={({ entry }) => <Row entry={entry} />}
      />
    </>
  );
}

function Row({ entry }: { readonly entry: AuditEntry }) {
  const { action, version, to_stage: stage, result, timestamp, actor, reason } = entry;
  return (
    <div class="row decision">
      <span>
        <span class="mark idle">{action}</span>
      </span>
      <span class="clip">
        {version === null ? null : <a href={linkTo('release', version)}>{version}</a>}
        {version === null || stage === null ? ' ' : ' → '}
        {stage === null ? null : <a href={linkTo('environment', stage)}>{stage}</a>}{' '}
        <span class="dim">{result}</span>
      </span>
      <span class="clip dim" title={reason ?? ''}>
        <Time at={timestamp} /> {actor ?? ''} {reason ?? ''}
      </span>
    </div>
  );
}

/** Read again when the Hub tells something, but one reading is never given up for another: there may always be more to tell. */
function useEntries(query: string) {
  const { told } = useKnown();
  const [entries, show] = useState<readonly Kept[]>();
  const [problem, setProblem] = useState<Problem>();
  const [turn, next] = useState(0);
  const isReading = useRef(false);
  const newest = useRef(told);
  newest.current = told;
  useEffect(() => {
    const reading = new AbortController();
    const read = async (): Promise<void> => {
      const found: Kept[] = [];
      for await (const some of lines<AuditEntry>(`${projectPath()}/audit?${query}`, reading.signal)) {
        for (const entry of some) found.push({ entry, text: JSON.stringify(entry).toLowerCase() });
        if (found.length >= most) break;
      }
      show(found.slice(0, most));
      setProblem(undefined);
    };
    const asked = newest.current;
    const began = Date.now();
    let pause: ReturnType<typeof setTimeout> | undefined;
    isReading.current = true;
    read()
      .catch((error: unknown) => {
        if (!reading.signal.aborted)
          setProblem(error instanceof Problem ? error : new Problem(0, { detail: String(error) }));
      })
      .finally(() => {
        if (reading.signal.aborted) return;
        // A long history is not read all the time.
        pause = setTimeout(
          () => {
            isReading.current = false;
            if (newest.current !== asked) next((before) => before + 1);
          },
          2 * (Date.now() - began),
        );
      });
    return () => {
      reading.abort();
      clearTimeout(pause);
    };
  }, [query, turn]);
  useEffect(() => {
    if (!isReading.current) next((before) => before + 1);
  }, [told]);
  return { entries, problem };
}

function save(entries: readonly Kept[]): void {
  const text = entries.map(({ entry }) => `${JSON.stringify(entry)}\n`).join('');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }));
  link.download = 'audit.jsonl';
  link.click();
  URL.revokeObjectURL(link.href);
}
