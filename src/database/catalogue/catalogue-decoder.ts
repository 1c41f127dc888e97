// Decoders for the JSON of catalogue queries: unknown in, a typed value out, or an error that names the place.

export type Decoder<T> = (value: unknown, at: string) => T;

export function decodeWith<T>(decoder: Decoder<T>, value: unknown): T {
  return decoder(value, 'catalogue');
}

export const text: Decoder<string> = (value, at) => (typeof value === 'string' ? value : refuse(value, at));
export const int: Decoder<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse(value, at);
export const bool: Decoder<boolean> = (value, at) => (typeof value === 'boolean' ? value : refuse(value, at));

export function oneOf<const T extends string>(values: readonly T[]): Decoder<T> {
  return (value, at) => values.find((one) => one === value) ?? refuse(value, at);
}

export function nullable<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return (value, at) => (value === null ? undefined : decoder(value, at));
}

export function list<T>(decoder: Decoder<T>): Decoder<T[]> {
  return (value, at) =>
    Array.isArray(value) ? value.map((item: unknown, i) => decoder(item, `${at}[${i}]`)) : refuse(value, at);
}

export function record<T extends object>(decoders: { readonly [K in keyof T]: Decoder<T[K]> }): Decoder<T>;
export function record(decoders: Readonly<Record<string, Decoder<unknown>>>): Decoder<object> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null) return refuse(value, at);
    const members = new Map<string, unknown>(Object.entries(value));
    return Object.fromEntries(
      Object.entries(decoders).map(([key, decode]) => [key, decode(members.get(key), `${at}.${key}`)]),
    );
  };
}

function refuse(value: unknown, at: string): never {
  throw new Error(`the catalogue query answered ${JSON.stringify(value)} at ${at}`);
}
