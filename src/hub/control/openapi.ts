// OpenAPI 3.1 documents: of the control plane, from its routes, and of the operations that a caller may call. Pure.
import { isJsonObject, type Json } from '../../kernel/json.ts';
import type { DescribedRelease } from '../../reconciler/hub-state.ts';
import type { CompiledOperation } from '../../serving/compile/compiled-release.ts';
import type { ControlRoute } from './control-route.ts';

const problem = {
  description: 'A problem document (RFC 9457); branch on its code.',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        properties: { code: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' } },
        required: ['code', 'status', 'detail'],
      },
    },
  },
};
const security = {
  security: [{ token: [] }, {}],
  components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
};

export type DescribedRoute = Pick<ControlRoute, 'path' | 'method' | 'right'>;

export function describeControlPlane(routes: readonly DescribedRoute[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { path, method, right } of routes) {
    const shown = path.replaceAll(/:(\w+)/g, '{$1}');
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    const body = { content: { 'application/json': { schema: { type: 'object' } } } };
    (paths[shown] ??= {})[method.toLowerCase()] = {
      operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
      description: `Needs a role of auth.control.${right}.`,
      parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...(method === 'POST' ? { requestBody: body } : {}),
      responses: { '200': { description: 'As docs/http-api.md says.' }, default: problem },
    };
  }
  return { openapi: '3.1.0', info: { title: 'stk control plane', version }, ...security, paths };
}

export interface DescribedPlace {
  readonly project: string;
  readonly environment: string;
}

/** `may`: whether the caller may call an operation of this name. */
export function describeOperations(
  { project, environment }: DescribedPlace,
  { compiled, results }: DescribedRelease,
  may: (operation: string) => boolean,
): unknown {
  const { release } = compiled;
  const schemas: Record<string, Json> = {};
  const paths = [...release.operations.values()]
    .filter(({ name }) => may(name))
    .map(({ name, input }) => {
      const schema = input ?? openInput(compiled.operations.get(name));
      const isShared = JSON.stringify(schema).includes('"$ref"');
      // `$ref` is resolved from the top of the document.
      if (isShared) schemas[name] = moveReferences(schema, `#/components/schemas/${name}`);
      const operation = {
        operationId: name,
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: isShared ? { $ref: `#/components/schemas/${name}` } : schema },
          },
        },
        responses: {
          '200': {
            description: 'The result.',
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { result: results.get(name) ?? {} },
                  required: ['result'],
                },
              },
            },
          },
          default: problem,
        },
      };
      return [`/projects/${project}/environments/${environment}/call/${name}`, { post: operation }] as const;
    });
  const info = { title: `${project} in ${environment}`, version: release.release };
  const components = { ...security.components, ...(Object.keys(schemas).length === 0 ? {} : { schemas }) };
  return { openapi: '3.1.0', info, ...security, components, paths: Object.fromEntries(paths) };
}

/** Without its own schema, an operation takes the parameters of its SQL. */
function openInput(operation: CompiledOperation | undefined): Json {
  const names = operation?.kind === 'sql' ? operation.parameters : [];
  const properties = Object.fromEntries(names.map((name) => [name, {}]));
  return { type: 'object', properties, additionalProperties: false };
}

/** Members whose values are not schemas. */
const values: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

function moveReferences(schema: Json, to: string): Json {
  if (Array.isArray(schema)) return schema.map((one) => moveReferences(one, to));
  if (!isJsonObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]): [string, Json] => {
      if (key === '$ref' && typeof value === 'string') return [key, value.replace('#', to)];
      return [key, values.has(key) ? value : moveReferences(value, to)];
    }),
  );
}
