// Writes freezes/<name>.yaml and vetoes/<release>.yaml.
import { stringify } from 'yaml';

const headerOf = (schema: string): string => `# yaml-language-server: $schema=../schemas/${schema}.json\n`;

export interface FreezeDocument {
  readonly name: string;
  /** `undefined` means all environments. */
  readonly environments: readonly string[] | undefined;
  readonly reason: string;
  /** YYYY-MM-DD or RFC 3339, written as given. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly allowsHotfix?: boolean | undefined;
}

export function formatFreeze({
  name,
  environments,
  reason,
  from,
  until,
  allowsHotfix,
}: FreezeDocument): string {
  const document = {
    freeze: name,
    ...(environments === undefined ? {} : { environments: [...environments] }),
    reason,
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    ...(allowsHotfix === true ? { allow: ['hotfix'] } : {}),
  };
  return headerOf('freeze') + stringify(document, { lineWidth: 0 });
}

export function formatVeto({
  release,
  reason,
}: {
  readonly release: string;
  readonly reason: string;
}): string {
  return headerOf('veto') + stringify({ veto: release, reason }, { lineWidth: 0 });
}
