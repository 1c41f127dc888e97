// The interface of a forge, GitHub or GitLab: pull requests by their branch, and statuses of commits. "Pull request"
// also means a merge request. Every method rejects with `forge-refused`, `forge-unavailable` or `secret-unset`.

export interface Forge {
  /** `GitHub` or `GitLab`, for messages. */
  readonly name: string;
  /** The open pull request of a branch; when none is open, the newest closed one. */
  find(branch: string): Promise<PullRequest | undefined>;
  /** Opens a pull request, or returns the open one of this branch. */
  open(request: OpenRequest): Promise<PullRequest>;
  /** Replaces its text. */
  describe(number: number, text: string): Promise<void>;
  /** Closes it and replaces its text, in one request. */
  close(number: number, text: string): Promise<void>;
  /** The newest {@link mostListed} open pull requests into a branch. */
  listOpen(into: string): Promise<readonly PullRequest[]>;
  setStatus(status: CommitStatus): Promise<void>;
}

export interface PullRequest {
  readonly number: number;
  /** The URL for a browser. */
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
  /** Shortened to what the forge accepts. */
  readonly sentence: string;
  /** The branch of the pull request. */
  readonly branch: string;
}

/** The most pull requests that are read at once, in pages of a hundred. */
export const mostListed = 300;
/** Most characters of a text that both forges accept. */
const longestText = 60_000;

export function cutText(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}\n\n… and more.` : text;
}

/** `length`: the most characters. */
export function cutSentence(sentence: string, length: number): string {
  return sentence.length > length ? `${sentence.slice(0, length - 1)}…` : sentence;
}
