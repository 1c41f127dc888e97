// Compiles the JSON Schema that a smoke test expects, under the rules of input schemas.
import type { JsonObject } from '../../kernel/json.ts';
import { buildValidator } from './build-validator.ts';
import type { InputValidator } from './compiled-release.ts';
import { ValidatorGenerator } from './generate-validator.ts';
import { judgeInputSchema } from './input-schema-rules.ts';
import { judgeReferences } from './reference-cost.ts';

export type ExpectedSchema =
  | { readonly ok: true; readonly validate: InputValidator }
  /** `pointer`: into the schema. */
  | {
      readonly ok: false;
      readonly problems: readonly { readonly pointer: string; readonly message: string }[];
    };

export function compileExpectedSchema(schema: JsonObject | boolean): ExpectedSchema {
  const problems: { readonly pointer: string; readonly message: string }[] = [];
  judgeInputSchema(schema, '', (pointer, message) => problems.push({ pointer, message }));
  const circular = typeof schema === 'boolean' ? undefined : judgeReferences(schema);
  if (circular !== undefined) problems.push({ pointer: '', message: circular });
  if (problems.length > 0) return { ok: false, problems };
  const generated = new ValidatorGenerator().generate(schema);
  if (!generated.ok) return generated;
  return { ok: true, validate: buildValidator(generated.code) };
}
