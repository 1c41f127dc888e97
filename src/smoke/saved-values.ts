// The values that smoke tests save from answers, and their uses in later tests as `{name}`.
import { isJsonObject, type Json, memberAt } from '../kernel/json.ts';

export class SavedValues {
  readonly #values = new Map<string, Json>();
  readonly #skipped = new Set<string>();

  /** Returns the names whose pointer finds nothing in the answer. */
  save(names: Readonly<Record<string, string>>, answer: Json): readonly string[] {
    return Object.entries(names).flatMap(([name, pointer]) => {
      const value = memberAt(answer, pointer);
      if (value === undefined) return [name];
      this.#values.set(name, value);
      return [];
    });
  }

  /** The test that would have saved these did not run. */
  skip(names: Readonly<Record<string, string>>): void {
    for (const name of Object.keys(names)) this.#skipped.add(name);
  }

  /** Whether it uses a value that a skipped test would have saved. */
  needsSkipped(value: Json | undefined): boolean {
    const text = value === undefined ? '' : JSON.stringify(value);
    return [...this.#skipped].some((name) => !this.#values.has(name) && text.includes(`{${name}}`));
  }

  /** A text that is exactly one `{name}` becomes the value; inside a longer text it is inserted. Unknown names stay. */
  fill(value: Json): Json {
    if (typeof value === 'string') {
      const whole = /^\{([^{}]+)\}$/.exec(value)?.[1];
      const saved = whole === undefined ? undefined : this.#values.get(whole);
      return saved ?? this.#write(value, (text) => text);
    }
    if (Array.isArray(value)) return value.map((item) => this.fill(item));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.fill(item)]));
  }

  /** As parts of a URL. Returns an unknown name. */
  fillUrl(url: string): { readonly url: string } | { readonly unknown: string } {
    const filled = this.#write(url, encodeURIComponent);
    const unknown = /\{([^{}]*)\}/.exec(filled)?.[1];
    return unknown === undefined ? { url: filled } : { unknown };
  }

  #write(text: string, encode: (text: string) => string): string {
    return text.replaceAll(/\{([^{}]+)\}/g, (written, name: string) => {
      const value = this.#values.get(name);
      if (value === undefined) return written;
      return encode(typeof value === 'string' ? value : JSON.stringify(value));
    });
  }
}
