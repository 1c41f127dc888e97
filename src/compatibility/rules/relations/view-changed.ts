// REL003, a warning: a view that the release reads, directly or through another view, has another definition than at
// the cut.
import { baselineRelations, findUsers, namesOf } from '../../facts/baseline.ts';
import { nameOf, type Draft, type Rule } from '../../check/check-context.ts';
import { digestView } from '../../facts/definitions.ts';
import { undoRenames } from '../../facts/renames.ts';

export const findViewChanged: Rule = (context) =>
  baselineRelations(context).flatMap(({ baseline, relation }): Draft[] => {
    if (baseline.definition === undefined || relation.definition === '') return [];
    if (digestView(relation.definition) === baseline.definition) return [];
    if (digestView(undoRenames(context, relation)) === baseline.definition) return [];
    const object = nameOf(relation);
    return [
      {
        code: 'REL003',
        object,
        expected: 'the view as at the cut',
        actual: 'its definition has changed',
        operations: namesOf(findUsers(context, relation)),
        hint: 'Compare the two definitions; cut a release against the new one, or accept the finding.',
        // Columns that it lost have a separate finding.
        yieldsTo: (other) =>
          other.code !== 'REL003' && (other.object === object || other.object.startsWith(`${object}.`)),
      },
    ];
  });
