// Writes a typed client for the operations in a Hub's OpenAPI document: types for openapi-fetch, and a function that
// creates its client. The same document gives the same bytes.
import { isJsonObject, memberAt, type Json } from '../../kernel/json.ts';
import { plainLine } from '../print/plain-text.ts';
import { NamedTypes, typeOfSchema } from './type-of-schema.ts';

export interface ClientOf {
  readonly project: string;
  readonly environment: string;
  readonly release: string;
}

export interface WrittenClient {
  readonly text: string;
  /** The number of operations. */
  readonly operations: number;
}

const input = '/post/requestBody/content/application~1json/schema';
const result = '/post/responses/200/content/application~1json/schema/properties/result';

export function writeClient(document: Json, { project, environment, release }: ClientOf): WrittenClient {
  const named = new NamedTypes(document);
  const paths = isJsonObject(document) && isJsonObject(document['paths']) ? document['paths'] : {};
  const base = `/projects/${project}/environments/`;
  const calls = Object.entries(paths)
    .filter(([path]) => path.startsWith(base))
    .map(([path, value]): [string, Json] => [path.slice(path.indexOf('/call/')), value])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, value]) => {
      const types = [input, result].map((place) => typeOfSchema(memberAt(value, place) ?? true, named));
      return `  ${JSON.stringify(path)}: Call<${types.join(', ')}>;`;
    });
  const lines = [
    `// The operations of ${plainLine(project)} in ${plainLine(environment)}, release ${plainLine(release)}. Written by stk client: write it again instead of editing it.`,
    "import createFetchClient, { type Client, type ClientOptions } from 'openapi-fetch';",
    '',
    'export interface paths {',
    ...calls,
    '}',
    ...named.declarations.flatMap((declaration) => ['', declaration]),
    '',
    frame,
    '',
    "export interface HubOptions extends Omit<ClientOptions, 'baseUrl'> {",
    '  /** Address of the Hub, such as https://stk.example.com. */',
    '  hub: string;',
    `  /** Default: ${JSON.stringify(environment)}. */`,
    '  environment?: string;',
    '}',
    '',
    "/** `client.POST('/call/OPERATION', { body: INPUT })` gives `data.result`, or the problem as `error`. */",
    `export function createClient({ hub, environment = ${JSON.stringify(environment)}, ...options }: HubOptions): Client<paths> {`,
    `  const place = ${JSON.stringify(base)} + encodeURIComponent(environment);`,
    "  return createFetchClient<paths>({ ...options, baseUrl: hub.replace(/\\/+$/, '') + place });",
    '}',
    '',
  ];
  return { text: lines.join('\n'), operations: calls.length };
}

const frame = `/** A problem document of the Hub: branch on its code. */
export interface Problem {
  code: string;
  status: number;
  title: string;
  detail: string;
  retryable: boolean;
  errors?: { pointer: string; detail: string }[];
}

interface Call<Input, Result> {
  parameters: { query?: never; header?: never; path?: never; cookie?: never };
  post: {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    requestBody: { content: { 'application/json': Input } };
    responses: {
      200: { headers: Record<string, unknown>; content: { 'application/json': { result: Result } } };
      default: { headers: Record<string, unknown>; content: { 'application/problem+json': Problem } };
    };
  };
}`;
