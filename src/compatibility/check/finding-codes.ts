// Every code that a check can give, with its words and severity. docs/findings.md has one section for each.
import type { Severity } from '../../model/finding.ts';

export interface CodeMeaning {
  readonly slug: string;
  readonly severity: Severity;
}

const block = (slug: string): CodeMeaning => ({ slug, severity: 'block' });
const warn = (slug: string): CodeMeaning => ({ slug, severity: 'warn' });
const info = (slug: string): CodeMeaning => ({ slug, severity: 'info' });

export const findingCodes = {
  REL001: block('relation-missing'),
  REL002: block('relation-not-writable'),
  REL003: warn('view-changed'),
  REL004: warn('partition-changed'),
  REL005: block('materialized-view-empty'),
  REL006: warn('table-partitioned'),
  REL007: block('foreign-table-unreachable'),
  COL001: block('column-missing'),
  COL002: block('column-type-changed'),
  COL003: block('column-narrowed'),
  COL004: warn('column-nullable'),
  COL005: block('column-generated'),
  COL006: warn('column-expression-changed'),
  COL007: warn('column-collation-changed'),
  INS001: block('insert-omits-required-column'),
  INS002: block('insert-null-into-required-column'),
  INS003: block('insert-positions-changed'),
  INS004: warn('default-may-fail'),
  KEY001: block('unique-key-missing'),
  KEY002: block('unique-key-deferrable'),
  KEY003: block('conflict-constraint-missing'),
  KEY004: warn('unique-key-added'),
  KEY005: warn('index-may-fail'),
  CHK001: warn('check-added'),
  CHK002: warn('domain-check-added'),
  FKY001: warn('foreign-key-added'),
  FKY002: warn('foreign-key-action-changed'),
  TRG001: warn('trigger-changed'),
  ENM001: block('enum-label-missing'),
  ENM002: warn('enum-label-added'),
  FUN001: block('function-missing'),
  FUN002: block('function-arguments-changed'),
  FUN003: block('function-result-changed'),
  FUN004: warn('function-body-changed'),
  FUN005: block('function-body-broken'),
  FUN006: block('function-cannot-write'),
  FUN007: block('function-rows-changed'),
  PRV001: block('schema-not-usable'),
  PRV002: block('table-privilege-missing'),
  PRV003: block('column-privilege-missing'),
  PRV004: block('function-privilege-missing'),
  PRV005: block('sequence-privilege-missing'),
  PRV006: block('key-owner-powerless'),
  RLS001: block('row-security-enabled'),
  RLS002: warn('row-security-changed'),
  RLS003: block('row-security-closed'),
  OPS001: block('not-one-statement'),
  OPS002: block('operation-does-not-parse'),
  OPS003: block('result-type-changed'),
  OPS004: block('result-column-missing'),
  OPS005: block('read-operation-writes'),
  OPS006: block('function-forbidden'),
  OPS007: block('name-meaning-changed'),
  OPS008: warn('operator-changed'),
  OPS009: block('server-too-old'),
  ENV002: warn('shadowed-by-search-path'),
  ENV003: warn('login-role-too-powerful'),
  ENV004: warn('accept-unused'),
  ENV005: warn('accept-expired'),
  ENV006: block('database-read-only'),
  ENV007: block('schema-missing'),
  IND001: info('migration-running'),
  IND002: info('schema-changing'),
  IND003: info('role-not-assumable'),
} as const satisfies Record<string, CodeMeaning>;

export type FindingCode = keyof typeof findingCodes;
