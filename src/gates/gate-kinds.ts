// All gate kinds that stk.yaml may name. A new kind is a file in kinds/, a line here, a section of docs/gates.md and a test.
import { analysisKind } from './kinds/analysis.ts';
import { approvalKind } from './kinds/approval.ts';
import { backupKind } from './kinds/backup.ts';
import { checkKind } from './kinds/check.ts';
import { evaluationKind } from './kinds/evaluation.ts';
import { drillKind } from './kinds/drill.ts';
import { expressionKind } from './kinds/expression.ts';
import { healthyKind } from './kinds/healthy.ts';
import { incidentKind } from './kinds/incident.ts';
import { migrationsKind } from './kinds/migrations.ts';
import { notesKind } from './kinds/notes.ts';
import type { GateKind } from '../documents/project/gate-kind.ts';
import { smokeKind } from './kinds/smoke.ts';
import { soakKind } from './kinds/soak.ts';
import { variablesKind } from './kinds/variables.ts';
import { windowKind } from './kinds/window.ts';

/** `from` is not listed: the key `from` implies it (kinds/from.ts). */
export const gateKinds: readonly GateKind[] = [
  checkKind,
  soakKind,
  approvalKind,
  windowKind,
  expressionKind,
  analysisKind,
  migrationsKind,
  backupKind,
  incidentKind,
  smokeKind,
  evaluationKind,
  healthyKind,
  variablesKind,
  notesKind,
  drillKind,
];
