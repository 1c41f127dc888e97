// `--author "Name <mail>"` as the variables that make git use it for author and committer.
import { StkError } from '../../kernel/errors.ts';

export function authorEnvironment(author: string | undefined): Record<string, string> {
  if (author === undefined) return {};
  const parts = /^([^<>\n]*[^<>\s])\s*<([^<>\s]+)>$/.exec(author.trim());
  const [, name, email] = parts ?? [];
  if (name === undefined || email === undefined) {
    throw new StkError('usage', `--author ${JSON.stringify(author)} is not of the form "Name <mail>".`, {
      hint: 'For example: --author "Ada Lovelace <ada@example.com>"',
    });
  }
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}
