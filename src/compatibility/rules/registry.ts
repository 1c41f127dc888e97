// The rules in the order in which they run. One line a rule.
import type { Rule } from '../check/check-context.ts';
import { findCheckAdded } from './constraints/check-added.ts';
import { findColumnCollationChanged } from './columns/column-collation-changed.ts';
import { findColumnExpressionChanged } from './columns/column-expression-changed.ts';
import { findColumnGenerated } from './columns/column-generated.ts';
import { findColumnMissing } from './columns/column-missing.ts';
import { findColumnNullable } from './columns/column-nullable.ts';
import { findColumnTypeChanged } from './columns/column-type-changed.ts';
import { findConflictConstraintMissing } from './constraints/conflict-constraint-missing.ts';
import { findDatabaseReadOnly } from './environment/database-read-only.ts';
import { findDefaultMayFail } from './columns/default-may-fail.ts';
import { findDomainCheckAdded } from './constraints/domain-check-added.ts';
import { findEnumLabelAdded } from './columns/enum-label-added.ts';
import { findEnumLabelMissing } from './columns/enum-label-missing.ts';
import { findForeignTableUnreachable } from './relations/foreign-table-unreachable.ts';
import { findForeignKeyChanged } from './constraints/foreign-key-changed.ts';
import { findBrokenBodies } from '../bodies/called-bodies.ts';
import { findFunctionCannotWrite } from './functions/function-cannot-write.ts';
import { findFunctionRowsChanged } from './functions/function-rows-changed.ts';
import { findFunctionChanged } from './functions/function-changed.ts';
import { findFunctionForbidden } from './functions/function-forbidden.ts';
import { findFunctionMissing } from './functions/function-missing.ts';
import { findFunctionPrivilegeMissing } from './privileges/function-privilege-missing.ts';
import { findIndexMayFail } from './constraints/index-may-fail.ts';
import { findInsertNullIntoRequiredColumn } from './columns/insert-null-into-required-column.ts';
import { findInsertOmitsRequiredColumn } from './columns/insert-omits-required-column.ts';
import { findInsertPositionsChanged } from './columns/insert-positions-changed.ts';
import { findKeyOwnerPowerless } from './privileges/key-owner-powerless.ts';
import { findLoginRoleTooPowerful } from './privileges/login-role-too-powerful.ts';
import { findMaterializedViewEmpty } from './relations/materialized-view-empty.ts';
import { findNameMeaningChanged } from './environment/name-meaning-changed.ts';
import { findNotOneStatement } from './operations/not-one-statement.ts';
import { findOperatorChanged } from './operations/operator-changed.ts';
import { findPartitionChanged } from './relations/partition-changed.ts';
import { findReadOperationWrites } from './operations/read-operation-writes.ts';
import { findRelationMissing } from './relations/relation-missing.ts';
import { findRelationNotWritable } from './relations/relation-not-writable.ts';
import { findResultChanged } from './operations/result-changed.ts';
import { findRowSecurityChanged } from './relations/row-security-changed.ts';
import { findRowSecurityClosed } from './relations/row-security-closed.ts';
import { findSchemaMissing } from './environment/schema-missing.ts';
import { findServerTooOld } from './environment/server-too-old.ts';
import { findSchemaNotUsable } from './privileges/schema-not-usable.ts';
import { findSequencePrivilegeMissing } from './privileges/sequence-privilege-missing.ts';
import { findShadowedBySearchPath } from './environment/shadowed-by-search-path.ts';
import { findTablePrivilegeMissing } from './privileges/table-privilege-missing.ts';
import { findTablePartitioned } from './relations/table-partitioned.ts';
import { findTriggerChanged } from './constraints/trigger-changed.ts';
import { findUniqueKeyAdded } from './constraints/unique-key-added.ts';
import { findUniqueKeyMissing } from './constraints/unique-key-missing.ts';
import { findViewChanged } from './relations/view-changed.ts';

export const registry: readonly Rule[] = [
  findSchemaMissing,
  findSchemaNotUsable,
  findServerTooOld,
  findRelationMissing,
  findRelationNotWritable,
  findMaterializedViewEmpty,
  findForeignTableUnreachable,
  findColumnMissing,
  findColumnTypeChanged,
  findColumnNullable,
  findColumnGenerated,
  findColumnExpressionChanged,
  findColumnCollationChanged,
  findInsertOmitsRequiredColumn,
  findInsertPositionsChanged,
  findDefaultMayFail,
  findUniqueKeyMissing,
  findConflictConstraintMissing,
  findEnumLabelMissing,
  findFunctionMissing,
  findInsertNullIntoRequiredColumn,
  findUniqueKeyAdded,
  findIndexMayFail,
  findCheckAdded,
  findDomainCheckAdded,
  findForeignKeyChanged,
  findTriggerChanged,
  findEnumLabelAdded,
  findFunctionChanged,
  findBrokenBodies,
  findFunctionCannotWrite,
  findFunctionRowsChanged,
  findTablePrivilegeMissing,
  findFunctionPrivilegeMissing,
  findSequencePrivilegeMissing,
  findKeyOwnerPowerless,
  findNotOneStatement,
  findReadOperationWrites,
  findFunctionForbidden,
  findViewChanged,
  findPartitionChanged,
  findTablePartitioned,
  findRowSecurityChanged,
  findRowSecurityClosed,
  findResultChanged,
  findNameMeaningChanged,
  findOperatorChanged,
  findShadowedBySearchPath,
  findLoginRoleTooPowerful,
  findDatabaseReadOnly,
];
