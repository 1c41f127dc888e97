// Parses `forge` of stk.yaml: where pull requests are opened. Requests to the forge are the work of src/forge.
import { type ForgeKind, forgeKinds, type ForgeSettings } from '../../model/pipeline/forge.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { isLoopback, parseUrl } from './judge-place.ts';
import { pointerTo, type TreeMap } from '../yaml/document-tree.ts';
import { mapOf, textOf, textsOf } from '../yaml/tree-reader.ts';
import type { Report } from '../yaml/read-document.ts';

const defaultUrls: Readonly<Record<ForgeKind, string>> = {
  github: 'https://api.github.com',
  gitlab: 'https://gitlab.com/api/v4',
};

export function readForge(root: TreeMap, report: Report): ForgeSettings | undefined {
  const node = mapOf(root, 'forge');
  const written = textOf(node, 'kind');
  const kind = forgeKinds.find((one) => one === written);
  if (node === undefined || kind === undefined) return undefined;
  const project = textOf(node, 'project') ?? '';
  const isPath = project.split('/').length >= 2;
  if (kind === 'github' && project.split('/').length !== 2)
    report('/forge/project', `"${project}" is not a repository on GitHub: expected OWNER/NAME`);
  else if (kind === 'gitlab' && !isPath && !/^\d+$/.test(project))
    report('/forge/project', `"${project}" is not a project on GitLab: expected GROUP/NAME or its number`);
  const url = textOf(node, 'url') ?? defaultUrls[kind];
  judgeUrl(url, report);
  const tokenFrom = textOf(node, 'tokenFrom') ?? '';
  // Otherwise a commit could send any secret of the operator's shell to a URL of its choice.
  if (tokenFrom !== '' && !/FORGE|GITHUB|GITLAB|^G[HL]_/.test(tokenFrom))
    report(
      '/forge/tokenFrom',
      `"${tokenFrom}" is not allowed for a forge's token: expected a name with FORGE, GITHUB or GITLAB in it`,
    );
  return { kind, url: url.replace(/\/+$/, ''), project, tokenFrom };
}

/** A token is sent to this URL. */
function judgeUrl(text: string, report: Report): void {
  const url = parseUrl(text);
  if (
    url === undefined ||
    (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
  )
    report('/forge/url', 'expected an https URL (http only for localhost, 127.0.0.1 or [::1])');
  else if (url.username !== '' || url.password !== '')
    report('/forge/url', 'the URL contains credentials: never put a secret into a file');
  else if (url.search !== '' || url.hash !== '')
    report('/forge/url', `"${text}" has a query or fragment: expected the bare URL of the API`);
}

/** `names`: the environments of the project. */
export function readBackport(
  node: TreeMap,
  { environment, names }: { readonly environment: string; readonly names: readonly string[] },
  report: Report,
): readonly string[] {
  const targets = textsOf(node, 'backport');
  for (const [i, target] of targets.entries()) {
    const at = `${pointerTo('/environments', environment)}/backport/${i}`;
    if (target === environment) report(at, `${environment} is the environment itself`);
    else if (!names.includes(target))
      report(at, `there is no environment "${target}"${suggest(target, names)}`);
  }
  return [...new Set(targets)];
}
