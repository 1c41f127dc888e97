// What the page knows: statuses as the Hub tells them, the pipeline, and what the caller may do. Views read it and are drawn
// again, at most once a frame, when it is another.
import { useEffect, useState } from 'preact/hooks';
import type { Me, Pipeline, Status } from './answers.ts';
import { follow, get, Problem, writeToken } from './hub.ts';

export interface Known {
  readonly phase: 'starting' | 'token' | 'ready';
  readonly isConnected: boolean;
  readonly problem: string | undefined;
  readonly me: Me;
  readonly project: string;
  readonly pipeline: Pipeline;
  readonly statuses: ReadonlyMap<string, Status>;
  /** Counts the events that the Hub told: another number, another history. */
  readonly told: number;
}

const nobody: Me = { subject: null, rights: [] };
const noPipeline: Pipeline = { project: '', environments: [], freezes: [] };

let known: Known = {
  phase: 'starting',
  isConnected: false,
  problem: undefined,
  me: nobody,
  project: '',
  pipeline: noPipeline,
  statuses: new Map(),
  told: 0,
};
const readers = new Set<() => void>();
let isDrawing = false;
let following = new AbortController();

function change(next: Partial<Known>): void {
  known = { ...known, ...next };
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    for (const read of readers) read();
  });
}

/** Milliseconds after which ages are written anew. */
const tick = 10_000;
setInterval(() => change({}), tick);

export function useKnown(): Known {
  const [shown, show] = useState(known);
  useEffect(() => {
    const read = (): void => show(known);
    readers.add(read);
    read();
    return () => void readers.delete(read);
  }, []);
  return shown;
}

export function projectPath(): string {
  return `api/v1/projects/${encodeURIComponent(known.project)}`;
}

export function environmentPath(environment: string): string {
  return `${projectPath()}/environments/${encodeURIComponent(environment)}`;
}

/** Takes the token that was pasted and begins; an empty one asks again. */
export async function begin(token?: string | null): Promise<void> {
  if (token !== undefined) writeToken(token === '' ? null : token);
  following.abort();
  following = new AbortController();
  const { signal } = following;
  try {
    const me = await get<Me>('api/v1/me');
    const { projects } = await get<{ projects: { project: string }[] }>('api/v1/projects');
    change({ me, project: projects[0]?.project ?? '', problem: undefined });
    await readPipeline();
    change({ phase: 'ready', isConnected: true });
  } catch (error) {
    if (signal.aborted) return;
    const problem = error instanceof Problem ? error : new Problem(0, { detail: String(error) });
    if (problem.status === 401 || problem.status === 403) {
      const asked = token === undefined && problem.status === 401 ? undefined : problem.message;
      change({ phase: 'token', problem: asked, me: nobody });
      return;
    }
    change({ problem: `${problem.message} Trying again.` });
    setTimeout(() => void (signal.aborted || begin()), 1_000);
    return;
  }
  await follow(
    {
      onMessage: note,
      onConnection(isOpen) {
        change({ isConnected: isOpen });
        if (isOpen) void readPipeline().catch(() => undefined);
      },
      onRefused: ({ message }) => change({ phase: 'token', problem: message, me: nobody }),
    },
    signal,
  );
}

let observed: string | null = null;

function note(event: string, data: unknown): void {
  if (event === 'status') {
    const status = data as Status;
    const statuses = new Map(known.statuses);
    statuses.set(status.environment, status);
    change({ statuses });
    // Another commit may be another pipeline, or a freeze.
    if (status.observedRevision !== observed) {
      observed = status.observedRevision;
      void readPipeline().catch(() => undefined);
    }
  }
  if (event === 'event' || event === 'gates') change({ told: known.told + 1 });
}

async function readPipeline(): Promise<void> {
  const pipeline = await get<Pipeline>(`${projectPath()}/pipeline`);
  if (JSON.stringify(pipeline) !== JSON.stringify(known.pipeline)) change({ pipeline });
}

export function mayWrite({ me }: Known): boolean {
  return me.rights.includes('write');
}

/** An approval is somebody's: without a name nobody can give one. */
export function maySpeak(now: Known): boolean {
  return mayWrite(now) && now.me.subject !== null;
}
