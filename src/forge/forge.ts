// What stk asks of a forge, GitHub or GitLab: pull requests by their branch, and statuses of commits. "Pull request" means a merge
// request as well. Every method rejects with `forge-refused`, `forge-unavailable` or `secret-unset`.

export interface Forge {
  /** `GitHub` or `GitLab`: for people. */
  readonly name: string;
  /** The open pull request of a branch; where none is open, the newest one that was. */
  find(branch: string): Promise<PullRequest | undefined>;
  /** Opens one, or gives the one that is open for this branch. */
  open(request: OpenRequest): Promise<PullRequest>;
  /** Replaces its text. */
  describe(number: number, text: string): Promise<void>;
  /** Closes it and replaces its text, in one request. */
  close(number: number, text: string): Promise<void>;
  /** Open ones into a branch, the newest {@link mostListed}. */
  listOpen(into: string): Promise<readonly PullRequest[]>;
  setStatus(status: CommitStatus): Promise<void>;
}

export interface PullRequest {
  readonly number: number;
  /** For a browser. */
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
  /** Without refs/heads/. */
  readonly branch: string;
  /** The newest commit of the branch. */
  readonly revision: string;
  readonly text: string;
  /** The branch is in another repository. */
  readonly isFork: boolean;
}

export interface OpenRequest {
  readonly branch: string;
  /** The branch to merge into. */
  readonly into: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

export interface CommitStatus {
  readonly revision: string;
  /** Such as stk/prod. */
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure';
  /** Cut to what the forge takes. */
  readonly sentence: string;
  /** The branch of the pull request. */
  readonly branch: string;
}

/** Pull requests that are read at once, in pages of a hundred. */
export const mostListed = 300;
/** Characters of a text that both forges take. */
const longestText = 60_000;

export function cutText(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}\n\n… and more.` : text;
}

/** `length`: at most so many characters. */
export function cutSentence(sentence: string, length: number): string {
  return sentence.length > length ? `${sentence.slice(0, length - 1)}…` : sentence;
}
