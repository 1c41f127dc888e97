// GitLab's REST API (v4), for gitlab.com and self-managed servers: merge requests and statuses of commits.
import { askForge, type ForgeAccess, type ForgeAnswer } from './ask-forge.ts';
import { cutSentence, cutText, type Forge, mostListed, type PullRequest } from './forge.ts';
import { readList, readMember, readNumber, readText } from './read-answer.ts';

/** Most characters of a status's description. */
const longestSentence = 255;
const pageSize = 100;
const states = { pending: 'pending', success: 'success', failure: 'failed' } as const;

export const gitlabHeaders = (token: string): Readonly<Record<string, string>> => ({
  'private-token': token,
});

export function createGitlabForge(access: ForgeAccess): Forge {
  const project = `/projects/${encodeURIComponent(access.project)}`;

  const list = async (query: Readonly<Record<string, string>>): Promise<readonly PullRequest[]> => {
    const all = { ...query, order_by: 'created_at', sort: 'desc' };
    const path = `${project}/merge_requests?${new URLSearchParams(all).toString()}`;
    const { json } = await askForge(access, { method: 'GET', path });
    return readList(json).map(readMergeRequest);
  };
  const find = async (branch: string): Promise<PullRequest | undefined> => {
    const found = await list({ source_branch: branch, state: 'all', per_page: '30' });
    return found.find(({ state }) => state === 'open') ?? found[0];
  };
  const change = async (number: number, body: Readonly<Record<string, unknown>>): Promise<void> => {
    await askForge(access, { method: 'PUT', path: `${project}/merge_requests/${number}`, body });
  };

  return {
    name: access.name,
    find,
    async open({ branch, into, title, text }) {
      const body = { source_branch: branch, target_branch: into, title, description: cutText(text) };
      const path = `${project}/merge_requests`;
      try {
        return readMergeRequest((await askForge(access, { method: 'POST', path, body })).json);
      } catch (thrown) {
        // Somebody else opened it, or the answer to an earlier attempt was lost.
        const there = await find(branch);
        if (there?.state === 'open') return there;
        throw thrown;
      }
    },
    describe: (number, text) => change(number, { description: cutText(text) }),
    close: (number, text) => change(number, { state_event: 'close', description: cutText(text) }),
    async listOpen(into) {
      const found: PullRequest[] = [];
      for (let page = 1; found.length < mostListed; page += 1) {
        const query = {
          target_branch: into,
          state: 'opened',
          per_page: String(pageSize),
          page: String(page),
        };
        const more = await list(query);
        found.push(...more);
        if (more.length < pageSize) break;
      }
      return found;
    },
    async setStatus({ revision, context, state, sentence, branch }) {
      const body = {
        state: states[state],
        name: context,
        description: cutSentence(sentence, longestSentence),
        ref: branch,
      };
      const path = `${project}/statuses/${revision}`;
      await askForge(access, { method: 'POST', path, body, isExpected: isSameState });
    },
  };
}

/** GitLab refuses a state that the status already has as a transition to itself: its sentence stays unchanged. */
function isSameState({ status, json }: ForgeAnswer): boolean {
  const message = readMember(json, 'message');
  return status === 400 && typeof message === 'string' && /cannot transition status/i.test(message);
}

function readMergeRequest(json: unknown): PullRequest {
  const state = readText(json, 'state');
  const text = readMember(json, 'description');
  return {
    number: readNumber(json, 'iid'),
    url: readText(json, 'web_url'),
    state: state === 'merged' ? 'merged' : state === 'opened' ? 'open' : 'closed',
    branch: readText(json, 'source_branch'),
    revision: readText(json, 'sha'),
    text: typeof text === 'string' ? text : '',
    isFork: readNumber(json, 'source_project_id') !== readNumber(json, 'target_project_id'),
  };
}
