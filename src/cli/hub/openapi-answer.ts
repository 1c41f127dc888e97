// The OpenAPI document of an environment's operations, as a Hub answers it.
import { toJson, type Json } from '../../kernel/json.ts';
import { fields, text } from './answer-fields.ts';

export interface OpenapiAnswer {
  readonly document: Json;
  /** The release whose operations they are. */
  readonly release: string;
}

export function readOpenapi(body: unknown): OpenapiAnswer {
  const release = text(fields(fields(body)['info'])['version']);
  return { document: toJson(body), release };
}
