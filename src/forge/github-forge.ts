// GitHub's REST API (version 2022-11-28), for github.com and GitHub Enterprise Server: pulls and statuses.
import { askForge, type ForgeAccess } from './ask-forge.ts';
import { cutSentence, cutText, type Forge, mostListed, type PullRequest } from './forge.ts';
import { readList, readMember, readNumber, readText } from './read-answer.ts';

/** Most characters of a status's description. */
const longestSentence = 140;
const pageSize = 100;

export const githubHeaders = (token: string): Readonly<Record<string, string>> => ({
  accept: 'application/vnd.github+json',
  authorization: `Bearer ${token}`,
  'x-github-api-version': '2022-11-28',
});

export function createGithubForge(access: ForgeAccess): Forge {
  const { project } = access;
  const repository = `/repos/${project}`;
  const [owner = ''] = project.split('/');

  const list = async (query: Readonly<Record<string, string>>): Promise<readonly PullRequest[]> => {
    const path = `${repository}/pulls?${new URLSearchParams(query).toString()}`;
    const { json } = await askForge(access, { method: 'GET', path });
    return readList(json).map(readPull);
  };
  const find = async (branch: string): Promise<PullRequest | undefined> => {
    const query = { head: `${owner}:${branch}`, state: 'all', sort: 'created', direction: 'desc' };
    const found = await list({ ...query, per_page: '30' });
    return found.find(({ state }) => state === 'open') ?? found[0];
  };
  const change = async (number: number, body: Readonly<Record<string, unknown>>): Promise<void> => {
    await askForge(access, { method: 'PATCH', path: `${repository}/pulls/${number}`, body });
  };

  return {
    name: access.name,
    find,
    async open({ branch, into, title, text }) {
      const body = { title, head: branch, base: into, body: cutText(text) };
      const path = `${repository}/pulls`;
      try {
        return readPull((await askForge(access, { method: 'POST', path, body })).json);
      } catch (thrown) {
        // Somebody else opened it, or the answer to an earlier attempt was lost.
        const there = await find(branch);
        if (there?.state === 'open') return there;
        throw thrown;
      }
    },
    describe: (number, text) => change(number, { body: cutText(text) }),
    close: (number, text) => change(number, { state: 'closed', body: cutText(text) }),
    async listOpen(into) {
      const found: PullRequest[] = [];
      for (let page = 1; found.length < mostListed; page += 1) {
        const query = { base: into, state: 'open', per_page: String(pageSize), page: String(page) };
        const more = await list({ ...query, sort: 'created', direction: 'desc' });
        found.push(...more);
        if (more.length < pageSize) break;
      }
      return found;
    },
    async setStatus({ revision, context, state, sentence }) {
      const body = { state, context, description: cutSentence(sentence, longestSentence) };
      await askForge(access, { method: 'POST', path: `${repository}/statuses/${revision}`, body });
    },
  };
}

function readPull(json: unknown): PullRequest {
  const head = readMember(json, 'head');
  const isMerged = typeof readMember(json, 'merged_at') === 'string';
  const text = readMember(json, 'body');
  const idOf = (side: unknown): unknown => readMember(readMember(side, 'repo'), 'id');
  return {
    number: readNumber(json, 'number'),
    url: readText(json, 'html_url'),
    state: isMerged ? 'merged' : readText(json, 'state') === 'open' ? 'open' : 'closed',
    branch: readText(head, 'ref'),
    revision: readText(head, 'sha'),
    text: typeof text === 'string' ? text : '',
    isFork: idOf(head) !== idOf(readMember(json, 'base')),
  };
}
