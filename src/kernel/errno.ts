// The system's name for why a call failed (`ENOENT`, `EEXIST`), from any realm.

/** `undefined` when the thrown value has none. */
export function errnoOf(thrown: unknown): string | undefined {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
