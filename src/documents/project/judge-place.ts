// Judges paths in the repository and URLs of Hubs, as stk.yaml writes them.
import type { Report } from '../yaml/read-document.ts';

export function judgePath(path: string, pointer: string, report: Report): void {
  const steps = path.split('/');
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path))
    report(pointer, `"${path}" is absolute: expected a path relative to the root of the repository`);
  else if (path.includes('\\')) report(pointer, `"${path}" contains a backslash: folders are separated by /`);
  else if (steps.includes('..') || steps.includes('.') || steps.includes('')) {
    report(
      pointer,
      `"${path}" contains an empty, "." or ".." step: expected a plain path inside the repository`,
    );
  }
}

/** The URL as it was given. */
export function judgeHubUrl(text: string | undefined, pointer: string, report: Report): string | undefined {
  if (text === undefined) return undefined;
  const url = parseUrl(text);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    report(pointer, 'expected a URL such as http://127.0.0.1:8080');
  } else if (url.username !== '' || url.password !== '') {
    report(pointer, 'the URL contains credentials: never put a secret into a file');
  } else if (url.search !== '' || url.hash !== '') {
    report(pointer, `"${text}" has a query or fragment: expected the bare URL of the Hub`);
  }
  return text;
}

export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** `host`: of a URL. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Must be the plain server URL: paths are appended to it. */
export function judgePrometheus(text: string, pointer: string, report: Report): void {
  const url = parseUrl(text);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    report(pointer, 'expected a URL such as http://127.0.0.1:9090');
  else if (url.username !== '' || url.password !== '')
    report(pointer, 'the URL contains credentials: never put a secret into a file');
  else if (url.search !== '' || url.hash !== '')
    report(pointer, `"${text}" has a query or fragment: expected the bare URL of the Prometheus server`);
}
