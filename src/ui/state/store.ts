// What the page knows: statuses as the Hub tells them, the pipeline, and what the caller may do. Views read it and are drawn
// again, at most once a frame, when it is another.
import { useEffect, useState } from 'preact/hooks';
import type { Canary, Me, Pipeline, Status } from './answers.ts';
import { follow, get, Problem, writeToken } from './hub.ts';

export interface Known {
  readonly phase: 'starting' | 'token' | 'ready';
  readonly isConnected: boolean;
  readonly problem: string | undefined;
  readonly me: Me;
  readonly project: string;
  readonly pipeline: Pipeline;
  readonly statuses: ReadonlyMap<string, Status>;
  readonly canaries: ReadonlyMap<string, Canary>;
  /** What was told of each canary that runs, the oldest first, by its id. */
  readonly looks: ReadonlyMap<string, readonly Look[]>;
  /** Another number: the Hub told events, so the history is another one. */
  readonly told: number;
  /** The newest commit that the Hub read, at a pace: for answers that rest on git. */
  readonly revision: string;
}

export interface Look {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly canary: Canary;
}

const nobody: Me = { subject: null, rights: [], approves: [], overrides: [] };
/** Looks of one canary that are kept: at one each 10 s more than three hours. */
const mostLooks = 1_200;
const noPipeline: Pipeline = { project: '', environments: [], freezes: [] };

let known: Known = {
  phase: 'starting',
  isConnected: false,
  problem: undefined,
  me: nobody,
  project: '',
  pipeline: noPipeline,
  statuses: new Map(),
  canaries: new Map(),
  looks: new Map(),
  told: 0,
  revision: '',
};
const readers = new Set<() => void>();
let isDrawing = false;
let following = new AbortController();

/** Statuses that came since the last drawing: one commit may bring one of every environment. */
const fresh = new Map<string, Status>();

function change(next: Partial<Known>): void {
  known = { ...known, ...next };
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    if (fresh.size > 0) known = { ...known, statuses: new Map([...known.statuses, ...fresh]) };
    fresh.clear();
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
        if (isOpen) readPipelineSoon();
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
    fresh.set(status.environment, status);
    change({});
    // Another commit may be another pipeline, or a freeze.
    if (status.observedRevision !== observed) {
      observed = status.observedRevision;
      reviseSoon();
      readPipelineSoon();
    }
  }
  if (event === 'canary') noteCanary(data as Canary);
  if (event === 'event' || event === 'gates') tellSoon();
}

/** Milliseconds: views ask the Hub again when these change, so they change no faster, however much the Hub tells. */
const pace = 1_000;
const tellSoon = atPace(() => change({ told: known.told + 1 }));
const reviseSoon = atPace(() => change({ revision: observed ?? '' }));

/** The first time at once; then what comes within the pace is done once at its end. */
function atPace(work: () => void): () => void {
  let next = 0;
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    const run = (): void => {
      isWaiting = false;
      next = Date.now() + pace;
      work();
    };
    setTimeout(run, Math.max(0, next - Date.now()));
  };
}

function noteCanary(canary: Canary): void {
  const canaries = new Map(known.canaries);
  canaries.set(canary.environment, canary);
  const before = known.canaries.get(canary.environment)?.id;
  const looks = new Map(known.looks);
  if (before !== undefined && before !== null && before !== canary.id) looks.delete(before);
  if (canary.id !== null)
    looks.set(canary.id, [...(looks.get(canary.id) ?? []), { at: Date.now(), canary }].slice(-mostLooks));
  change({ canaries, looks });
}

/** What a commit may change beside statuses: the pipeline, and what the caller may do. */
async function readPipeline(): Promise<void> {
  const [pipeline, me] = await Promise.all([
    get<Pipeline>(`${projectPath()}/pipeline`),
    get<Me>('api/v1/me'),
  ]);
  if (JSON.stringify([pipeline, me]) !== JSON.stringify([known.pipeline, known.me])) change({ pipeline, me });
}

let isReading = false;
let isAskedMeanwhile = false;

/** One question at a time: what comes while it is under way is one more question after it. A failed one is asked again
 * when the stream is open again, or with the next commit. */
function readPipelineSoon(): void {
  isAskedMeanwhile = isReading;
  if (isReading) return;
  isReading = true;
  void readPipeline()
    .catch(() => undefined)
    .then(() => {
      isReading = false;
      if (isAskedMeanwhile) readPipelineSoon();
    });
}

export function mayWrite({ me }: Known): boolean {
  return me.rights.includes('write');
}

/** An approval is somebody's, and takes the role that the environment asks for. */
export function mayApprove({ me }: Known, environment: string): boolean {
  return me.approves.includes(environment);
}
