// What a client requests when it connects: the database, and settings of its session, by name or as `options=-c
// name=value` from libpq. Only reads bytes.

export interface StartupMessage {
  /** Name of the database; default: the user's name, as in PostgreSQL. */
  readonly database: string;
  /** Settings in the order in which they take effect. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** A word of `options` that is neither `-c name=value` nor `--name=value`. */
  readonly unknownOption: string | undefined;
}

/** Parameters that are not session settings. */
const notSettings = new Set(['user', 'database', 'options', 'replication']);

/** `body`: the bytes after the protocol version. */
export function readStartupMessage(body: Buffer): StartupMessage {
  const parts = body.toString('utf8').split('\0');
  const parameters: [string, string][] = [];
  for (let index = 0; index + 1 < parts.length && parts[index] !== ''; index += 2)
    parameters.push([parts[index] ?? '', parts[index + 1] ?? '']);
  const given = new Map(parameters);
  const options = readOptions(given.get('options') ?? '');
  const named = parameters.filter(([name]) => !notSettings.has(name) && !name.startsWith('_pq_.'));
  return {
    database: given.get('database') ?? given.get('user') ?? '',
    settings: [...options.settings, ...named],
    unknownOption: options.unknown,
  };
}

/** Spaces separate words; a backslash escapes the next character. */
function readOptions(text: string): { settings: [string, string][]; unknown: string | undefined } {
  const words = (text.match(/(?:\\[\s\S]|[^\s\\])+/g) ?? []).map((word) =>
    word.replaceAll(/\\([\s\S])/g, '$1'),
  );
  const settings: [string, string][] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const assignment =
      word === '-c' ? words[(index += 1)] : (/^(?:-c|--)(.+)$/s.exec(word)?.[1] ?? undefined);
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(assignment ?? '') ?? [];
    if (name === undefined || value === undefined) return { settings, unknown: word };
    settings.push([name.replaceAll('-', '_'), value]);
  }
  return { settings, unknown: undefined };
}
