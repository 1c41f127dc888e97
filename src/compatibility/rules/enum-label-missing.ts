// ENM001: an enum of the contract, or a label that the contract or a statement names, is not there.
import { parseName, qualify, quote, type Draft, type Rule } from '../check-context.ts';

export const findEnumLabelMissing: Rule = ({ catalogue, operations, release }) => {
  // Of an enum that the contract does not name, every label at the cut counts: a caller may send any.
  const expected = new Map([...(release.contract?.enums ?? []), ...release.schema.enums]);
  const declared = [...expected].flatMap(([written, labels]): Draft[] => {
    const asked = parseName(written);
    const found = catalogue.enums.find(
      (one) => one.name === asked.name && (asked.schema ?? one.schema) === one.schema,
    );
    const users = operations.filter(({ words }) => words.has(asked.name)).map(({ name }) => name);
    if (found === undefined) {
      return [
        {
          code: 'ENM001',
          object: qualify(catalogue, asked),
          expected: `an enum with ${labels.join(', ')}`,
          actual: 'no such enum type',
          operations: users,
          explains: users,
          sqlstate: '42704',
          hint: 'Run the migration that creates the enum type.',
        },
      ];
    }
    return labels
      .filter((label) => !found.labels.includes(label))
      .map((label): Draft => {
        const hit = operations
          .filter(({ analysis }) => analysis?.literals.some(({ value }) => value === label))
          .map(({ name }) => name);
        const name = `${quote(found.schema)}.${quote(found.name)}`;
        return {
          code: 'ENM001',
          object: `${found.schema}.${found.name}.${label}`,
          expected: `the label ${label}`,
          actual: `the labels are ${found.labels.join(', ')}`,
          operations: hit,
          explains: hit,
          sqlstate: '22P02',
          hint: 'Add the label again, or rename it back.',
          migration: `alter type ${name} add value '${label.replaceAll("'", "''")}';`,
        };
      });
  });
  const refused = operations.flatMap(({ failure, name }): Draft[] => {
    const match = /enum "?([^":]+)"?: "(.*)"$/s.exec(failure?.sqlstate === '22P02' ? failure.message : '');
    const [, type = '', label = ''] = match ?? [];
    if (match === null) return [];
    const known = catalogue.enums.find((one) => one.name === type);
    return [
      {
        code: 'ENM001',
        object: `${known === undefined ? qualify(catalogue, parseName(type)) : `${known.schema}.${known.name}`}.${label}`,
        expected: `the label ${label}`,
        actual: known === undefined ? 'no such label' : `the labels are ${known.labels.join(', ')}`,
        operations: [name],
        explains: [name],
        sqlstate: '22P02',
        hint: 'Add the label again, or rename it back.',
      },
    ];
  });
  return [...declared, ...refused];
};
