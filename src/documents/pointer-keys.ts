// The keys beside `release:` in a pointer file: read leniently from a YAML document, and written. A document that does
// not match schemas/pointer.json is treated as no pointer at all.
import { type Document, isAlias, isCollection, isMap, isNode, isPair, isScalar, stringify } from 'yaml';
import { isId } from '../kernel/ids.ts';
import type { Hold, Hotfix, Override, Pointer } from '../model/pointer.ts';

export type PointerKeys = Omit<Pointer, 'release'>;

export const pointerKeyNames = ['hold', 'hotfix', 'override'] as const;

const maxReason = 2000;

/** `undefined` when there is an unknown key, a repeated key, or one with an invalid value. */
export function readPointerKeys(document: Document): PointerKeys | undefined {
  if (!isMap(document.contents)) return undefined;
  const names = document.contents.items.map(({ key }) => (isScalar(key) ? key.value : undefined));
  const known: readonly unknown[] = ['release', ...pointerKeyNames];
  if (new Set(names).size < names.length || !names.every((name) => known.includes(name))) return undefined;
  const root: unknown = document.toJS({ maxAliasCount: 0 });
  if (!isRecord(root)) return undefined;
  const [hold, hotfix, override] = [
    readHold(root['hold']),
    readHotfix(root['hotfix']),
    readOverride(root['override']),
  ];
  const isWhole = [hold, hotfix, override].filter((key) => key !== undefined).length === names.length - 1;
  return isWhole ? present({ hold, hotfix, override }) : undefined;
}

/** Key → its lines, in block style. */
export function renderPointerKeys(keys: PointerKeys): ReadonlyMap<string, string> {
  const entries = Object.entries(describePointerKeys(keys));
  return new Map(entries.map(([name, value]) => [name, stringify({ [name]: value }, { lineWidth: 0 })]));
}

/** The keys as the document writes them. */
export function describePointerKeys({ hold, hotfix, override }: PointerKeys): Record<string, unknown> {
  const approvers = hotfix?.approvers ?? [];
  const freezes = override?.freezes ?? [];
  return {
    ...(hold === undefined ? {} : { hold: { reason: hold.reason } }),
    ...(hotfix === undefined
      ? {}
      : {
          hotfix: { reason: hotfix.reason, ...(approvers.length === 0 ? {} : { approvers: [...approvers] }) },
        }),
    ...(override === undefined
      ? {}
      : { override: { freeze: freezes.length === 1 ? freezes[0] : [...freezes], reason: override.reason } }),
  };
}

/** Whether the values are written plainly: no anchor, no alias, no tag. */
export function isPlainTree(node: unknown): boolean {
  if (node === null) return true;
  if (isPair(node)) return isPlainTree(node.key) && isPlainTree(node.value);
  if (!isNode(node) || isAlias(node)) return false;
  if (('anchor' in node && Boolean(node.anchor)) || ('tag' in node && Boolean(node.tag))) return false;
  return !isCollection(node) || node.items.every((item) => isPlainTree(item));
}

/** Without the keys that are undefined. */
export function present(keys: { readonly [Key in keyof PointerKeys]: PointerKeys[Key] | null }): PointerKeys {
  const { hold, hotfix, override } = keys;
  return {
    ...(hold === undefined || hold === null ? {} : { hold }),
    ...(hotfix === undefined || hotfix === null ? {} : { hotfix }),
    ...(override === undefined || override === null ? {} : { override }),
  };
}

function readHold(value: unknown): Hold | undefined {
  if (!isRecord(value) || !hasOnly(value, ['reason'])) return undefined;
  const reason = readReason(value);
  return reason === undefined ? undefined : { reason };
}

function readHotfix(value: unknown): Hotfix | undefined {
  if (!isRecord(value) || !hasOnly(value, ['reason', 'approvers'])) return undefined;
  const reason = readReason(value);
  const approvers = readTexts(value['approvers'] ?? []);
  return reason === undefined || approvers === undefined ? undefined : { reason, approvers };
}

function readOverride(value: unknown): Override | undefined {
  if (!isRecord(value) || !hasOnly(value, ['freeze', 'reason'])) return undefined;
  const reason = readReason(value);
  const { freeze } = value;
  const freezes = readTexts(typeof freeze === 'string' ? [freeze] : freeze);
  return reason === undefined || freezes === undefined || !freezes.every(isId)
    ? undefined
    : { freezes, reason };
}

function readReason(value: Readonly<Record<string, unknown>>): string | undefined {
  const { reason } = value;
  return typeof reason === 'string' && reason !== '' && reason.length <= maxReason ? reason : undefined;
}

function readTexts(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const found = value.filter((item: unknown) => typeof item === 'string');
  return found.length === value.length ? found : undefined;
}

function hasOnly(value: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
