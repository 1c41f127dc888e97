// What `--repo` names: a local path or a URL. Refuses URLs with credentials, and formats it for messages.
import { fileURLToPath } from 'node:url';
import { StkError } from '../kernel/errors.ts';

export type GitLocation =
  { readonly kind: 'path'; readonly path: string } | { readonly kind: 'url'; readonly url: string };

const scpLike = /^(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9.-]{2,}:(?!\/\/)[^\\]/;

/** Parses `text`; throws StkError `usage` for a URL with credentials or of another kind than https, ssh, file. */
export function parseGitLocation(text: string): GitLocation {
  if (/^[A-Za-z][A-Za-z0-9+.-]*::/.test(text)) throw unsupported(text.split('::')[0] ?? '');
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) return { kind: 'url', url: checkUrl(text) };
  if (text.startsWith('-')) {
    throw new StkError('usage', `"${text}" is not a repository: it begins with a dash.`, {
      hint: `Write ./${text} if it is a folder.`,
    });
  }
  return scpLike.test(text) ? { kind: 'url', url: text } : { kind: 'path', path: text };
}

function checkUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new StkError('usage', `"${redactUrls(text)}" is not a URL.`, { cause });
  }
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  const isAllowed =
    ['https:', 'ssh:', 'file:'].includes(url.protocol) || (url.protocol === 'http:' && isLoopback);
  if (!isAllowed) throw unsupported(url.protocol.replace(':', ''));
  const hasSecret = url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:');
  if (hasSecret) {
    throw new StkError('usage', `The URL ${redactUrls(text)} contains credentials.`, {
      hint: "Remove them from the URL. Put a token into the environment variable STK_GIT_TOKEN, or use git's credential helper or an SSH agent.",
    });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new StkError(
      'usage',
      `The URL ${redactUrls(text)} has a query or a fragment, which may contain a secret.`,
      {
        hint: 'Name the repository by its bare URL; put a token into the environment variable STK_GIT_TOKEN.',
      },
    );
  }
  if (url.protocol === 'file:') fileURLToPath(url);
  return text;
}

function unsupported(scheme: string): StkError {
  return new StkError('usage', `Config repos are not read over "${scheme}".`, {
    hint: 'Use a local path or an https, ssh or file URL.',
  });
}

/** `text` with the user information, query and fragment of every URL, and every Authorization header, removed. */
export function redactUrls(text: string): string {
  return text
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/\s@'"]+@/g, '$1***@')
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s?#'"]*)[?#][^\s'"]*/g, '$1?***')
    .replace(/(authorization:\s*\S+\s+)\S+/gi, '$1***');
}
