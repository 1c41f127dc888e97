// Parses `services` of stk.yaml, of one environment or of a project with only one. The command line contacts them.
import type { Service } from '../../model/service.ts';
import { pointerTo, type TreeMap } from '../yaml/document-tree.ts';
import { parseUrl } from './judge-place.ts';
import { child, mapOf, mapsIn, textOf, textsOf } from '../yaml/tree-reader.ts';
import type { Report } from '../yaml/read-document.ts';

/** Environment → its services. Those of the project belong to its only environment. */
export function readServices(root: TreeMap, report: Report): ReadonlyMap<string, readonly Service[]> {
  const environments = mapsIn(mapOf(root, 'environments'));
  if (child(root, 'services') !== undefined && environments.length > 1)
    report(
      '/services',
      `the project has ${environments.length} environments: expected the services of each under environments.E.services`,
    );
  const shared = readList(root, '', report);
  return new Map(
    environments.map(([name, node]) => [
      name,
      [...shared, ...readList(node, pointerTo('/environments', name), report)],
    ]),
  );
}

/** The services under `services` of `node`, which is at `pointer`. */
function readList(node: TreeMap, pointer: string, report: Report): Service[] {
  return mapsIn(mapOf(node, 'services')).map(([name, entry]): Service => {
    const at = pointerTo(`${pointer}/services`, name);
    const expect = textOf(entry, 'expect') === 'ref' ? 'ref' : 'release';
    const url = textOf(entry, 'url');
    if (url === undefined) {
      if (child(entry, 'version') !== undefined)
        report(`${at}/version`, '"version" belongs to a service with "url": a command prints its version');
      const command = textsOf(entry, 'command');
      if (command[0] === '') report(`${at}/command/0`, 'expected the name of a program');
      return { kind: 'command', name, expect, command };
    }
    return {
      kind: 'http',
      name,
      expect,
      url: judgeUrl(url, `${at}/url`, report),
      version: readVersion(entry),
    };
  });
}

function readVersion(entry: TreeMap): { readonly pointer: string } | { readonly header: string } {
  const text = textOf(entry, 'version');
  const header = textOf(mapOf(entry, 'version'), 'header') ?? /^header: *(.+)$/.exec(text ?? '')?.[1];
  return header === undefined ? { pointer: text ?? '/version' } : { header };
}

function judgeUrl(text: string, pointer: string, report: Report): string {
  const url = parseUrl(text);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    report(pointer, 'expected a URL such as http://api:8000/healthz');
  else if (url.username !== '' || url.password !== '')
    report(pointer, 'the URL contains credentials: never put a secret into a file');
  return text;
}
