// Generates the source of input validators with ajv. That is expensive, so it runs in the worker. build-validator.ts
// turns the source into a function.
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { _ } from 'ajv';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { createLinearPattern } from './linear-pattern.ts';
import { linearKeywords } from './linear-keywords.ts';
import { stringFormats } from './string-formats.ts';

/** ajv keeps some memory for every schema; after this many, a new one replaces it. */
const schemasPerAjv = 2000;
/** Most cached characters of schemas and code: a release shares most schemas with the previous one. */
const rememberedCharacters = 16 * 1024 * 1024;

export type Generated =
  | { readonly ok: true; readonly code: string; /** Not generated before. */ readonly isNew: boolean }
  /** `pointer`: into the schema, '' for the whole. */
  | {
      readonly ok: false;
      readonly problems: readonly { readonly pointer: string; readonly message: string }[];
    };

export class ValidatorGenerator {
  #ajv = createAjv();
  #schemas = 0;
  /** Code by the schema's JSON. */
  readonly #known = new BoundedCache<string>(rememberedCharacters);

  generate(schema: JsonObject | boolean): Generated {
    const key = JSON.stringify(schema);
    const known = this.#known.get(key);
    if (known !== undefined) return { ok: true, code: known, isNew: false };
    const generated = this.#generate(schema);
    if (generated.ok) this.#known.set(key, generated.code, key.length + generated.code.length);
    return generated;
  }

  #generate(schema: JsonObject | boolean): Generated {
    if (this.#schemas >= schemasPerAjv) {
      this.#ajv = createAjv();
      this.#schemas = 0;
    }
    this.#schemas += 1;
    if (this.#ajv.validateSchema(schema) !== true) {
      const problems = (this.#ajv.errors ?? []).map(({ instancePath, message = '' }) => ({
        pointer: instancePath,
        message,
      }));
      return { ok: false, problems };
    }
    try {
      const validate = this.#ajv.compile(schema);
      return { ok: true, code: standalone.default(this.#ajv, validate), isNew: true };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { ok: false, problems: [{ pointer: '', message }] };
    } finally {
      if (typeof schema === 'object') this.#ajv.removeSchema(schema);
    }
  }
}

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    // `required` in a branch of anyOf may name properties that are defined outside of it.
    strictRequired: false,
    allowUnionTypes: true,
    ownProperties: true,
    allErrors: false,
    logger: false,
    addUsedSchema: false,
    // generate() does it, with positions.
    validateSchema: false,
    formats: { ...stringFormats },
    code: {
      source: true,
      // Optimising costs more here than the code ever saves.
      optimize: false,
      formats: _`formats`,
      regExp: Object.assign(createLinearPattern, { code: 'createPattern' }),
    },
  });
  for (const keyword of linearKeywords) ajv.removeKeyword(keyword.keyword).addKeyword(keyword);
  return ajv;
}
