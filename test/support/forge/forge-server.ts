// A forge on loopback: a real HTTP server that keeps pull requests and statuses, and answers as GitHub's and GitLab's documented
// APIs do, errors included. It fails as a test says.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ForgeKind, ForgeSettings } from '../../../src/model/pipeline/forge.ts';

export interface KeptPull {
  readonly number: number;
  readonly branch: string;
  readonly into: string;
  readonly title: string;
  text: string;
  state: 'open' | 'closed' | 'merged';
  readonly isFork: boolean;
}

export interface KeptStatus {
  readonly revision: string;
  readonly context: string;
  readonly state: string;
  readonly sentence: string;
}

/** An answer in place of the real one; `drop`: the connection ends after the request was carried out; `hang`: none. */
export type Fault =
  | 'drop'
  | 'hang'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };

export interface ForgeServer {
  readonly settings: ForgeSettings;
  readonly pulls: KeptPull[];
  readonly statuses: KeptStatus[];
  /** Method and path of each request. */
  readonly asked: string[];
  /** For the next requests, in order. */
  readonly faults: Fault[];
  /** For every request from now on; undefined: none. */
  standing: Fault | undefined;
  /** What a request must carry. */
  token: string;
  /** The newest commit of a branch; by default a made-up one. Of a branch that is gone the last one is shown. */
  headOf(branch: string): Promise<string>;
  close(): Promise<void>;
}

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export async function startForge(kind: ForgeKind): Promise<ForgeServer> {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${kind === 'github' ? '' : '/api/v4'}`;
  const forge: ForgeServer = {
    settings: { kind, url, project: 'org/shop', tokenFrom: 'FORGE_TOKEN' },
    pulls: [],
    statuses: [],
    asked: [],
    faults: [],
    standing: undefined,
    token: 'tok-secret-1234',
    headOf: async (branch) => createHash('sha1').update(branch).digest('hex'),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  const answer = kind === 'github' ? answerAsGithub : answerAsGitlab;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await read(request, url);
    forge.asked.push(`${asked.method} ${asked.url.pathname}${asked.url.search}`);
    const fault = forge.faults.shift() ?? forge.standing;
    if (fault === 'hang') return;
    if (typeof fault === 'object') return send(response, fault.status, fault.body ?? {}, fault.headers);
    const given = request.headers[kind === 'github' ? 'authorization' : 'private-token'];
    const isKnown = given === (kind === 'github' ? `Bearer ${forge.token}` : forge.token);
    const answered = isKnown
      ? await answer(forge, asked)
      : { status: 401, body: { message: kind === 'github' ? 'Bad credentials' : '401 Unauthorized' } };
    if (fault === 'drop') return void request.socket.destroy();
    send(response, answered.status, answered.body);
  }
  return forge;
}

async function read(request: IncomingMessage, base: string): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '', base);
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { method: request.method ?? '', url, body };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}

const isOpen = (state: string | null) => (pull: KeptPull) =>
  state === 'all' || (pull.state === 'open') === (state === 'open' || state === 'opened' || state === null);

/** A page of them, the newest first. */
function page(pulls: readonly KeptPull[], { searchParams }: URL): readonly KeptPull[] {
  const size = Number(searchParams.get('per_page') ?? 30);
  const from = (Number(searchParams.get('page') ?? 1) - 1) * size;
  return pulls.toReversed().slice(from, from + size);
}

function add(forge: ForgeServer, pull: Omit<KeptPull, 'number' | 'state' | 'isFork'>): KeptPull {
  const kept: KeptPull = { ...pull, number: forge.pulls.length + 1, state: 'open', isFork: false };
  forge.pulls.push(kept);
  return kept;
}

const heads = new WeakMap<ForgeServer, Map<string, string>>();

async function headOf(forge: ForgeServer, branch: string): Promise<string> {
  const known = heads.get(forge) ?? new Map<string, string>();
  heads.set(forge, known);
  const revision = await forge.headOf(branch).catch(() => known.get(branch) ?? '0'.repeat(40));
  known.set(branch, revision);
  return revision;
}

async function answerAsGithub(forge: ForgeServer, { method, url, body }: Asked): Promise<Answered> {
  const path = url.pathname.replace('/repos/org/shop', '');
  if (path === url.pathname) return { status: 404, body: { message: 'Not Found', status: '404' } };
  const show = async (pull: KeptPull): Promise<unknown> => ({
    id: 1_000 + pull.number,
    number: pull.number,
    html_url: `https://github.com/org/shop/pull/${pull.number}`,
    state: pull.state === 'open' ? 'open' : 'closed',
    merged_at: pull.state === 'merged' ? '2026-11-30T00:00:00Z' : null,
    title: pull.title,
    body: pull.text === '' ? null : pull.text,
    head: { ref: pull.branch, sha: await headOf(forge, pull.branch), repo: { id: pull.isFork ? 8 : 7 } },
    base: { ref: pull.into, repo: { id: 7 } },
  });
  if (path === '/pulls' && method === 'GET') {
    const [head, base] = [url.searchParams.get('head'), url.searchParams.get('base')];
    const found = forge.pulls
      .filter(isOpen(url.searchParams.get('state')))
      .filter(({ branch, into }) => (head ?? `org:${branch}`) === `org:${branch}` && (base ?? into) === into);
    return { status: 200, body: await Promise.all(page(found, url).map(show)) };
  }
  if (path === '/pulls' && method === 'POST') {
    const pull = { branch: String(body['head']), into: String(body['base']), title: String(body['title']) };
    if (forge.pulls.some((one) => one.branch === pull.branch && one.state === 'open')) {
      const message = `A pull request already exists for org:${pull.branch}.`;
      const errors = [{ resource: 'PullRequest', code: 'custom', message }];
      return { status: 422, body: { message: 'Validation Failed', errors } };
    }
    return { status: 201, body: await show(add(forge, { ...pull, text: String(body['body']) })) };
  }
  const number = /^\/pulls\/(\d+)$/.exec(path)?.[1];
  const pull = forge.pulls.find((one) => one.number === Number(number));
  if (method === 'PATCH' && pull !== undefined) {
    if (typeof body['body'] === 'string') pull.text = body['body'];
    if (body['state'] === 'closed') pull.state = 'closed';
    return { status: 200, body: await show(pull) };
  }
  const revision = /^\/statuses\/([0-9a-f]{40})$/.exec(path)?.[1];
  if (method === 'POST' && revision !== undefined) {
    const [state, context, sentence] = [body['state'], body['context'], body['description']].map(String);
    if ((sentence ?? '').length > 140)
      return {
        status: 422,
        body: { message: 'Validation Failed: description is too long (maximum is 140)' },
      };
    forge.statuses.push({ revision, context: context ?? '', state: state ?? '', sentence: sentence ?? '' });
    return { status: 201, body: { state, context, description: sentence } };
  }
  return { status: 404, body: { message: 'Not Found', status: '404' } };
}

async function answerAsGitlab(forge: ForgeServer, { method, url, body }: Asked): Promise<Answered> {
  const path = url.pathname.replace('/api/v4/projects/org%2Fshop', '');
  if (path === url.pathname) return { status: 404, body: { message: '404 Project Not Found' } };
  const show = async (pull: KeptPull): Promise<unknown> => ({
    id: 1_000 + pull.number,
    iid: pull.number,
    web_url: `https://gitlab.com/org/shop/-/merge_requests/${pull.number}`,
    state: pull.state === 'open' ? 'opened' : pull.state,
    title: pull.title,
    description: pull.text === '' ? null : pull.text,
    source_branch: pull.branch,
    target_branch: pull.into,
    source_project_id: pull.isFork ? 8 : 7,
    target_project_id: 7,
    sha: await headOf(forge, pull.branch),
  });
  if (path === '/merge_requests' && method === 'GET') {
    const source = url.searchParams.get('source_branch');
    const target = url.searchParams.get('target_branch');
    const found = forge.pulls
      .filter(isOpen(url.searchParams.get('state')))
      .filter(({ branch, into }) => (source ?? branch) === branch && (target ?? into) === into);
    return { status: 200, body: await Promise.all(page(found, url).map(show)) };
  }
  if (path === '/merge_requests' && method === 'POST') {
    const [branch, into, title] = ['source_branch', 'target_branch', 'title'].map((key) => String(body[key]));
    const same = forge.pulls.find((one) => one.branch === branch && one.state === 'open');
    if (same !== undefined) {
      const said = `Another open merge request already exists for this source branch: !${same.number}`;
      return { status: 409, body: { message: [said] } };
    }
    const text = String(body['description']);
    return {
      status: 201,
      body: await show(add(forge, { branch: branch ?? '', into: into ?? '', title: title ?? '', text })),
    };
  }
  const number = /^\/merge_requests\/(\d+)$/.exec(path)?.[1];
  const pull = forge.pulls.find((one) => one.number === Number(number));
  if (method === 'PUT' && pull !== undefined) {
    if (typeof body['description'] === 'string') pull.text = body['description'];
    if (body['state_event'] === 'close') pull.state = 'closed';
    return { status: 200, body: await show(pull) };
  }
  const revision = /^\/statuses\/([0-9a-f]{40})$/.exec(path)?.[1];
  if (method === 'POST' && revision !== undefined) {
    const [state, context, sentence] = [body['state'], body['name'], body['description']].map(String);
    const last = forge.statuses.findLast((one) => one.revision === revision && one.context === context);
    if (last?.state === state) {
      const message = `Cannot transition status via :enqueue from :${state ?? ''} (Reason(s): …)`;
      return { status: 400, body: { message } };
    }
    forge.statuses.push({ revision, context: context ?? '', state: state ?? '', sentence: sentence ?? '' });
    return { status: 201, body: { status: state, name: context, description: sentence } };
  }
  return { status: 404, body: { message: '404 Not found' } };
}
