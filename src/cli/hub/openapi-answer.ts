// The OpenAPI document of an environment's operations, from a Hub.
import { toJson, type Json } from '../../kernel/json.ts';
import { fields, text } from './answer-fields.ts';

export interface OpenapiAnswer {
  readonly document: Json;
  /** The release with these operations. */
  readonly release: string;
}

export function readOpenapi(body: unknown): OpenapiAnswer {
  const release = text(fields(fields(body)['info'])['version']);
  return { document: toJson(body), release };
}
