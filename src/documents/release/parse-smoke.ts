// Parses a list of smoke tests, of a release or of an environment, and writes it back. Running them is the work of
// src/smoke.
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import type { SmokeCall, SmokeHttp, SmokeTest } from '../../model/smoke.ts';
import { pointerTo, type TreeMap } from '../yaml/document-tree.ts';
import { readDuration } from '../project/judge-people.ts';
import { parseUrl } from '../project/judge-place.ts';
import { child, itemsOf, jsonOf, mapOf, numberOf, textOf } from '../yaml/tree-reader.ts';
import type { Report } from '../yaml/read-document.ts';

const defaultWithin = 10_000;
/** Most characters of an expected schema's JSON, because it is compiled between calls. */
const longestSchema = 16 * 1024;

const callKeys = ['role', 'input'];
const httpKeys = ['method', 'headers', 'headersFrom', 'body'];
const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key']);

/** The tests under `smoke` of `node`, which is at `pointer`. */
export function readSmoke(node: TreeMap | undefined, pointer: string, report: Report): SmokeTest[] {
  const names = new Set<string>();
  return itemsOf(node, 'smoke').flatMap((item, i) => {
    if (item.kind !== 'map') return [];
    const at = pointerTo(`${pointer}/smoke`, i);
    const test = textOf(item, 'call') === undefined ? readHttp(item, at, report) : readCall(item, at, report);
    if (names.has(test.name)) report(`${at}/name`, `two tests are called "${test.name}"`);
    names.add(test.name);
    return [test];
  });
}

function readCall(node: TreeMap, at: string, report: Report): SmokeCall {
  const role = textOf(node, 'role');
  if (child(node, 'role') === undefined) report(at, '"role" is missing: the role that calls');
  refuseKeys(node, httpKeys, { at, report, belongsTo: 'http' });
  refuseKeys(mapOf(node, 'expect'), ['status', 'body'], { at: `${at}/expect`, report, belongsTo: 'http' });
  const expect = mapOf(node, 'expect');
  const code = textOf(expect, 'code');
  const result = jsonOf(expect, 'result');
  const schema = readSchema(expect, `${at}/expect`, report);
  if (code !== undefined && (result !== undefined || schema !== undefined))
    report(`${at}/expect`, 'a refused call has no result: expected "code" alone, or "result" and "schema"');
  return {
    kind: 'call',
    ...readShared(node, at, report),
    operation: textOf(node, 'call') ?? '',
    role: role ?? '',
    input: jsonOf(node, 'input') ?? {},
    expect: { code, result, schema },
  };
}

function readHttp(node: TreeMap, at: string, report: Report): SmokeHttp {
  refuseKeys(node, callKeys, { at, report, belongsTo: 'call' });
  refuseKeys(mapOf(node, 'expect'), ['code', 'result'], { at: `${at}/expect`, report, belongsTo: 'call' });
  const expect = mapOf(node, 'expect');
  const method = textOf(node, 'method') ?? 'GET';
  const body = jsonOf(node, 'body');
  if (body !== undefined && (method === 'GET' || method === 'HEAD'))
    report(`${at}/body`, `a ${method} request has no body: use another method`);
  const headers = readTexts(node, 'headers');
  for (const name of Object.keys(headers)) {
    if (secretHeaders.has(name.toLowerCase()))
      report(pointerTo(`${at}/headers`, name), `"${name}" is a secret: name its variable under headersFrom`);
  }
  return {
    kind: 'http',
    ...readShared(node, at, report),
    url: judgeTarget(textOf(node, 'http') ?? '', `${at}/http`, report),
    method,
    headers,
    headersFrom: readTexts(node, 'headersFrom'),
    body,
    expect: {
      status: numberOf(expect, 'status'),
      body: jsonOf(expect, 'body'),
      schema: readSchema(expect, `${at}/expect`, report),
    },
  };
}

function readShared(node: TreeMap, at: string, report: Report): Pick<SmokeTest, 'name' | 'save' | 'within'> {
  const pointer = `${at}/within`;
  return {
    name: textOf(node, 'name') ?? '',
    save: readTexts(node, 'save'),
    within: readDuration(node, 'within', { pointer, report, least: '10ms', most: '5m' }) ?? defaultWithin,
  };
}

function readTexts(node: TreeMap, key: string): Readonly<Record<string, string>> {
  const map = mapOf(node, key);
  return Object.fromEntries([...(map?.entries.keys() ?? [])].map((name) => [name, textOf(map, name) ?? '']));
}

function readSchema(
  expect: TreeMap | undefined,
  at: string,
  report: Report,
): JsonObject | boolean | undefined {
  const schema = jsonOf(expect, 'schema');
  if (schema === undefined || typeof schema === 'boolean') return schema;
  if (!isJsonObject(schema)) return undefined;
  if (JSON.stringify(schema).length > longestSchema)
    report(`${at}/schema`, `the schema is longer than ${longestSchema} characters as JSON`);
  return schema;
}

/** Values that an earlier test saved may be used in the path and the query, but never choose the host. */
function judgeTarget(text: string, pointer: string, report: Report): string {
  const url = parseUrl(text.replaceAll(/\{[^{}]*\}/g, 'x'));
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    report(pointer, 'expected a URL such as https://api.example.com/health');
  else if (url.username !== '' || url.password !== '')
    report(pointer, 'the URL contains credentials: never put a secret into a file');
  else if (!/^https?:\/\/[^/?#{}]+([/?#]|$)/i.test(text))
    report(pointer, 'a {name} is only allowed in the path and the query');
  return text;
}

function refuseKeys(
  node: TreeMap | undefined,
  keys: readonly string[],
  { at, report, belongsTo }: { readonly at: string; readonly report: Report; readonly belongsTo: string },
): void {
  for (const key of keys) {
    if (node?.entries.has(key)) report(pointerTo(at, key), `"${key}" belongs to a test with "${belongsTo}"`);
  }
}

/** A test as the document writes it. */
export function writeSmokeTest(test: SmokeTest): unknown {
  const { name, save, within } = test;
  const shared = {
    ...(isEmpty(save) ? {} : { save }),
    ...(within === defaultWithin
      ? {}
      : { within: within % 1000 === 0 ? `${within / 1000}s` : `${within}ms` }),
  };
  const expect = writeExpectation(test.expect);
  if (test.kind === 'call') {
    const { operation: call, role, input } = test;
    return { name, call, role, input, ...expect, ...shared };
  }
  const { url: http, method, headers, headersFrom, body } = test;
  return {
    name,
    http,
    ...(method === 'GET' ? {} : { method }),
    ...(isEmpty(headers) ? {} : { headers }),
    ...(isEmpty(headersFrom) ? {} : { headersFrom }),
    ...(body === undefined ? {} : { body }),
    ...expect,
    ...shared,
  };
}

function isEmpty(texts: Readonly<Record<string, string>>): boolean {
  return Object.keys(texts).length === 0;
}

function writeExpectation(expect: SmokeTest['expect']): { readonly expect?: Record<string, Json> } {
  const written = Object.fromEntries(
    Object.entries<Json | undefined>({ ...expect }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    ),
  );
  return Object.keys(written).length === 0 ? {} : { expect: written };
}
