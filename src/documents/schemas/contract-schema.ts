// JSON Schema of a release's `contract:`, which `stk release cut` measures. Published as schemas/contract.json.
import { foreignKeyActions, relationKinds, writeKinds } from '../../model/contract.ts';
import type { DocumentSchema } from './document-schema.ts';

const most = 10_000;

const name: DocumentSchema = { type: 'string', minLength: 1, maxLength: 4096, description: 'a name' };
const digest: DocumentSchema = {
  type: 'string',
  pattern: '^[0-9a-f]{16}$',
  description: 'a digest of 16 hexadecimal digits',
};

function listOf(items: DocumentSchema, description: string): DocumentSchema {
  return { type: 'array', maxItems: most, items, description };
}

function closed(
  properties: Readonly<Record<string, DocumentSchema>>,
  required: readonly string[],
  description: string,
): DocumentSchema {
  return { type: 'object', description, properties, required, additionalProperties: false };
}

function mapOf(value: DocumentSchema, description: string): DocumentSchema {
  return {
    type: 'object',
    description,
    maxProperties: most,
    propertyNames: { type: 'string', maxLength: 4096, description: 'a name' },
    additionalProperties: value,
  };
}

const names = listOf(name, 'a list of names');
const typed: Readonly<Record<string, DocumentSchema>> = {
  name: { type: 'string', maxLength: 63, description: 'a name' },
  type: { ...name, description: 'a type; one that starts with a dot is in the environment’s own schema' },
  typmod: { type: 'integer', description: 'the type modifier as PostgreSQL stores it' },
};
const flag: DocumentSchema = { type: 'boolean', default: false, description: 'true or left out' };
const namedDigests = listOf(closed({ name, digest }, ['name', 'digest'], 'a name and a digest'), 'digests');

const triggers = listOf(
  closed(
    {
      name,
      digest,
      instead: listOf(
        { type: 'string', enum: writeKinds, description: 'a kind of statement' },
        'what it does in place of the statement',
      ),
    },
    ['name', 'digest'],
    'a trigger',
  ),
  'triggers',
);

const column = closed(
  {
    ...typed,
    nullable: flag,
    default: flag,
    identity: {
      type: 'string',
      enum: ['always', 'by-default'],
      description: 'how its identity is generated',
    },
    generated: flag,
    expression: { ...digest, description: 'a digest of what computes a generated column' },
    collation: { ...name, description: 'its collation, when it is not its type’s default' },
    base: { ...name, description: 'what its domain is made of' },
    checks: listOf(digest, 'digests of its domain’s checks'),
  },
  ['name', 'type'],
  'a column',
);

const unique = closed(
  {
    columns: names,
    where: digest,
    deferrable: flag,
    nullsNotDistinct: flag,
    exclusion: digest,
  },
  ['columns'],
  'a unique index or exclusion constraint',
);

const command: DocumentSchema = {
  type: 'string',
  enum: ['select', 'insert', 'update', 'delete'],
  description: 'a command',
};

const action: DocumentSchema = { type: 'string', enum: foreignKeyActions, description: 'an action' };
const foreignKey = closed(
  { table: name, columns: names, references: name, referenced: names, onDelete: action, onUpdate: action },
  ['table', 'columns', 'references', 'referenced'],
  'a foreign key',
);

const relation = closed(
  {
    kind: { type: 'string', enum: relationKinds, description: 'what it is' },
    columns: listOf(column, 'the columns in the order of the table'),
    uniques: listOf(unique, 'unique indexes'),
    indexes: listOf(digest, 'digests of what indexes compute of each row'),
    checks: listOf(digest, 'digests of CHECK constraints'),
    foreignKeys: listOf(foreignKey, 'foreign keys'),
    referencedBy: listOf(foreignKey, 'foreign keys of other tables'),
    triggers,
    rowSecurity: { type: 'string', enum: ['enabled', 'forced'], description: 'row-level security' },
    exempt: flag,
    policies: namedDigests,
    permits: listOf(command, 'commands for which the policies allow the role rows'),
    definition: digest,
    parent: name,
    children: names,
    partitions: closed(
      {
        count: { type: 'integer', minimum: 0, description: 'how many there are, on all levels' },
        notable: listOf(
          closed(
            {
              name,
              checks: listOf(digest, 'digests of CHECK constraints that are not its parent’s'),
              triggers,
              children: names,
            },
            ['name'],
            'a partition that differs from its table',
          ),
          'partitions with checks, triggers or partitions of their own',
        ),
      },
      ['count'],
      'the partitions of a partitioned table',
    ),
  },
  ['kind', 'columns'],
  'a table or view as it was',
);

const overload = closed(
  {
    arguments: names,
    defaults: { type: 'integer', minimum: 0, maximum: 100, description: 'how many arguments have a default' },
    result: name,
    outputs: listOf(closed(typed, ['name', 'type'], 'a column'), 'columns of what it gives'),
    body: digest,
  },
  ['arguments', 'result', 'body'],
  'a function',
);

const operation = closed(
  {
    parameters: listOf(closed(typed, ['name', 'type'], 'a parameter'), 'parameters by position'),
    results: listOf(
      closed({ ...typed, source: name }, ['name', 'type'], 'a result column'),
      'result columns',
    ),
    relations: names,
    columns: mapOf(names, 'columns by relation'),
    privileges: mapOf(
      listOf(
        { type: 'string', enum: ['select', 'insert', 'update', 'delete'], description: 'a privilege' },
        'privileges',
      ),
      'privileges by relation',
    ),
    inserts: listOf(
      closed(
        {
          table: name,
          columns: names,
          parameters: listOf(
            closed({ column: name, parameter: name }, ['column', 'parameter'], 'a column and its parameter'),
            'columns that get a parameter as it is',
          ),
        },
        ['table', 'columns'],
        'an INSERT',
      ),
      'INSERTs',
    ),
    conflicts: listOf(
      closed({ table: name, columns: names, constraint: name }, ['table'], 'an ON CONFLICT target'),
      'ON CONFLICT targets',
    ),
    functions: names,
  },
  [],
  'what an operation uses',
);

export const contractSchema: DocumentSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'stk contract (the `contract:` of a release)',
  description: 'what `stk release cut` measured of the database, the baseline that rules compare with',
  type: 'object',
  properties: {
    postgres: {
      type: 'integer',
      minimum: 15,
      maximum: 999,
      description: 'the major version of PostgreSQL that was measured',
    },
    relations: mapOf(relation, 'tables and views by name'),
    enums: mapOf(
      listOf({ type: 'string', maxLength: 63, description: 'a label' }, 'labels'),
      'enum labels by type',
    ),
    functions: mapOf(listOf(overload, 'functions of one name'), 'functions by name'),
    bodies: { ...names, description: 'functions whose bodies PostgreSQL could run' },
    absent: mapOf(names, 'what PostgreSQL did not find for bodies in PL/pgSQL, by function'),
    names: mapOf(names, 'the schemas in which an unqualified name was found'),
    operations: mapOf(operation, 'operations by name'),
  },
  additionalProperties: false,
};
