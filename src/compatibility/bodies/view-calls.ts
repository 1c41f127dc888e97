// Which functions the views that the operations of a release read may call. PostgreSQL skips parts of a view that a
// statement does not use.
import type { Relation } from '../../model/relation.ts';
import type { CheckContext } from '../check/check-context.ts';
import { reachRelations } from '../measure/measure-operation.ts';
import { relationsOf } from '../check/sql-failures.ts';

export interface ViewCall {
  readonly operation: string;
  readonly function: Relation['calls'][number];
}

export function listViewCalls(context: CheckContext): ViewCall[] {
  return context.operations.flatMap((checked) =>
    reachRelations(context.catalogue, relationsOf(context, checked)).flatMap(({ calls }) =>
      calls.map((called) => ({ operation: checked.name, function: called })),
    ),
  );
}
