// The rules in the order in which they are asked. One line a rule.
import type { Rule } from '../check-context.ts';
import { findCheckAdded } from './check-added.ts';
import { findColumnCollationChanged } from './column-collation-changed.ts';
import { findColumnExpressionChanged } from './column-expression-changed.ts';
import { findColumnGenerated } from './column-generated.ts';
import { findColumnMissing } from './column-missing.ts';
import { findColumnNullable } from './column-nullable.ts';
import { findColumnTypeChanged } from './column-type-changed.ts';
import { findConflictConstraintMissing } from './conflict-constraint-missing.ts';
import { findDatabaseReadOnly } from './database-read-only.ts';
import { findDomainCheckAdded } from './domain-check-added.ts';
import { findEnumLabelAdded } from './enum-label-added.ts';
import { findEnumLabelMissing } from './enum-label-missing.ts';
import { findForeignKeyChanged } from './foreign-key-changed.ts';
import { findFunctionBodyBroken } from './function-body-broken.ts';
import { findFunctionChanged } from './function-changed.ts';
import { findFunctionForbidden } from './function-forbidden.ts';
import { findFunctionMissing } from './function-missing.ts';
import { findFunctionPrivilegeMissing } from './function-privilege-missing.ts';
import { findInsertNullIntoRequiredColumn } from './insert-null-into-required-column.ts';
import { findInsertOmitsRequiredColumn } from './insert-omits-required-column.ts';
import { findInsertPositionsChanged } from './insert-positions-changed.ts';
import { findLoginRoleTooPowerful } from './login-role-too-powerful.ts';
import { findMaterializedViewEmpty } from './materialized-view-empty.ts';
import { findNameMeaningChanged } from './name-meaning-changed.ts';
import { findNotOneStatement } from './not-one-statement.ts';
import { findPartitionChanged } from './partition-changed.ts';
import { findReadOperationWrites } from './read-operation-writes.ts';
import { findRelationMissing } from './relation-missing.ts';
import { findRelationNotWritable } from './relation-not-writable.ts';
import { findResultChanged } from './result-changed.ts';
import { findRowSecurityChanged } from './row-security-changed.ts';
import { findRowSecurityClosed } from './row-security-closed.ts';
import { findSchemaNotUsable } from './schema-not-usable.ts';
import { findSequencePrivilegeMissing } from './sequence-privilege-missing.ts';
import { findShadowedBySearchPath } from './shadowed-by-search-path.ts';
import { findTablePrivilegeMissing } from './table-privilege-missing.ts';
import { findTriggerChanged } from './trigger-changed.ts';
import { findUniqueKeyAdded } from './unique-key-added.ts';
import { findUniqueKeyMissing } from './unique-key-missing.ts';
import { findViewChanged } from './view-changed.ts';

export const registry: readonly Rule[] = [
  findSchemaNotUsable,
  findRelationMissing,
  findRelationNotWritable,
  findMaterializedViewEmpty,
  findColumnMissing,
  findColumnTypeChanged,
  findColumnNullable,
  findColumnGenerated,
  findColumnExpressionChanged,
  findColumnCollationChanged,
  findInsertOmitsRequiredColumn,
  findInsertPositionsChanged,
  findUniqueKeyMissing,
  findConflictConstraintMissing,
  findEnumLabelMissing,
  findFunctionMissing,
  findInsertNullIntoRequiredColumn,
  findUniqueKeyAdded,
  findCheckAdded,
  findDomainCheckAdded,
  findForeignKeyChanged,
  findTriggerChanged,
  findEnumLabelAdded,
  findFunctionChanged,
  findFunctionBodyBroken,
  findTablePrivilegeMissing,
  findFunctionPrivilegeMissing,
  findSequencePrivilegeMissing,
  findNotOneStatement,
  findReadOperationWrites,
  findFunctionForbidden,
  findViewChanged,
  findPartitionChanged,
  findRowSecurityChanged,
  findRowSecurityClosed,
  findResultChanged,
  findNameMeaningChanged,
  findShadowedBySearchPath,
  findLoginRoleTooPowerful,
  findDatabaseReadOnly,
];
