// The messages of this Hub on disk, one small file for each message and target. The file has the message's state:
// waiting, sent, or given up. It is replaced atomically, so that a kill leaves the old or the new state.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { unlessAbsent } from '../git/refs/read-ref.ts';
import { notifyForms, notifyWords, type NotifyForm } from '../model/pipeline/notify.ts';
import type { Message } from './message.ts';
import { membersOf, readJson } from '../kernel/read-json.ts';

/** Where a message goes. */
export interface MessageTarget {
  readonly urlFrom: string;
  readonly as: NotifyForm;
}

export interface StoredMessage extends MessageTarget {
  readonly message: Message;
  readonly state: 'waiting' | 'sent' | 'dead';
  /** When it was queued (`waiting`), acknowledged or given up; milliseconds since 1970. */
  readonly since: number;
  readonly attempts: number;
  /** The reason of the last failure. */
  readonly problem?: string | undefined;
}

/** The key of a message and its target: the same one is never queued twice. */
export function keyOf({ id }: Pick<Message, 'id'>, { urlFrom, as }: MessageTarget): string {
  const target = createHash('sha256').update(`${urlFrom}\n${as}`).digest('hex').slice(0, 8);
  return `${id}.${target}`;
}

export class MessageStore {
  readonly #directory: string;
  #isMade = false;

  /** `directory`: a separate one in the state directory; created with the first message. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** By key. Also names files that another version or program wrote, and leaves them alone. */
  async load(): Promise<{ readonly stored: Map<string, StoredMessage>; readonly unread: readonly string[] }> {
    const stored = new Map<string, StoredMessage>();
    const unread: string[] = [];
    const names = (await unlessAbsent(readdir(this.#directory))) ?? [];
    for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
      const one = parse(await readFile(join(this.#directory, name), 'utf8'));
      if (one === undefined) unread.push(name);
      else stored.set(keyOf(one.message, one), one);
    }
    return { stored, unread };
  }

  async write(key: string, stored: StoredMessage): Promise<void> {
    if (!this.#isMade) await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    this.#isMade = true;
    await writeFileAtomic(this.#fileOf(key), JSON.stringify(stored), { mode: 0o600 });
  }

  async remove(key: string): Promise<void> {
    await rm(this.#fileOf(key), { force: true });
  }

  #fileOf(key: string): string {
    return join(this.#directory, `${key}.json`);
  }
}

function parse(text: string): StoredMessage | undefined {
  const value = readJson(text);
  return isStored(value) ? value : undefined;
}

function isStored(value: unknown): value is StoredMessage {
  const one = membersOf(value);
  const message = membersOf(one.get('message'));
  const isText = (name: string): boolean => typeof message.get(name) === 'string';
  return (
    ['id', 'environment', 'release', 'sentence'].every(isText) &&
    notifyWords.some((word) => word === message.get('word')) &&
    typeof message.get('at') === 'number' &&
    typeof message.get('data') === 'object' &&
    typeof one.get('urlFrom') === 'string' &&
    notifyForms.some((form) => form === one.get('as')) &&
    ['waiting', 'sent', 'dead'].some((state) => state === one.get('state')) &&
    typeof one.get('since') === 'number' &&
    typeof one.get('attempts') === 'number'
  );
}
