// What the bench serves: twenty tables on PostgreSQL, and releases of any number of operations over them, as text.

export const tableCount = 20;
export const rowCount = 1000;
export const role = 'reader';
/** The query of `customers.get`, as stk's release and as the hand-written servers have it. */
export const primaryKeyRead = { stk: textOfRead(':id'), pg: textOfRead('$1') };

function textOfRead(parameter: string): string {
  return `select id, name, email, tier from t00 where id = ${parameter}`;
}

function tableName(index: number): string {
  return `t${String(index % tableCount).padStart(2, '0')}`;
}

/** DDL and rows of the twenty tables. */
export function tablesSql(count: number = tableCount): string {
  return Array.from({ length: count }, (_, index) => {
    const table = tableName(index);
    return `create table ${table} (
      id integer primary key, name text not null, email text not null unique, tier text,
      amount numeric(12, 2) not null default 0, created_at timestamptz not null default now());
    insert into ${table} (id, name, email, tier)
      select n, 'name ' || n, 'user' || n || '@example.com', case when n % 3 = 0 then 'gold' end
      from generate_series(1, ${rowCount}) n;
    analyze ${table};`;
  }).join('\n');
}

/** `count` tables that no release names. */
export function otherTablesSql(count: number): string {
  return Array.from(
    { length: count },
    (_, index) =>
      `create table other_${index} (id integer primary key, name text not null, email text unique, tier text, amount numeric);`,
  ).join('\n');
}

export interface ReleaseParts {
  readonly release: string;
  /** SQL operations; two constants and `customers.get` come on top. */
  readonly operations: number;
  /** Tables of the contract that are declared and used. Default 20. */
  readonly tables?: number;
  /** Operations from this index on have a text that only this release has. Default: all alike. */
  readonly ownFrom?: number;
  /** Smoke tests, each a call by primary key. Default: none. */
  readonly smokeTests?: number;
}

/** A release document. */
export function releaseText({
  release,
  operations,
  tables = tableCount,
  ownFrom = operations,
  smokeTests = 0,
}: ReleaseParts): string {
  const lines = [
    `release: ${release}`,
    'ref: 3f2c1e9',
    'createdAt: 2026-11-21T08:00:00Z',
    'schema:',
    '  tables:',
  ];
  for (let index = 0; index < tables; index += 1) {
    lines.push(
      `    ${tableName(index)}:`,
      '      columns:',
      '        id: { type: integer }',
      '        name: { type: text }',
      '        email: { type: text }',
      '        tier: { type: text, nullable: true }',
      '        amount: { type: numeric }',
      '      unique: [[id], [email]]',
    );
  }
  lines.push(
    ...(smokeTests === 0 ? [] : ['smoke:']),
    ...Array.from(
      { length: smokeTests },
      (_, n) =>
        `  - { name: read ${n}, call: customers.get, role: ${role}, input: { id: ${n + 1} }, expect: { result: { name: name ${n + 1} } } }`,
    ),
    `permissions: { ${role}: ["*"] }`,
    `config: { release: ${release} }`,
    'operations:',
    `  about: { value: { product: shop, release: ${release} } }`,
    '  constant: { value: { product: shop } }',
    '  customers.get:',
    `    sql: ${primaryKeyRead.stk}`,
    `    ${idInput(0)}`,
    '    returns: one',
  );
  for (let index = 0; index < operations; index += 1) {
    const own = index >= ownFrom ? ` and '${release}' <> ''` : '';
    lines.push(...operationLines(index, tableName(index % tables), own));
  }
  return `${lines.join('\n')}\n`;
}

/** Every operation has a schema of its own, so that nobody compiles one for all. */
function idInput(index: number): string {
  return `input: { type: object, properties: { id: { type: integer, maximum: ${1_000_000 + index} } }, required: [id], additionalProperties: false }`;
}

/** Two of three read; the third updates. */
function operationLines(index: number, table: string, own: string): string[] {
  const name = `  op${index}.${table}:`;
  if (index % 3 === 0)
    return [
      name,
      `    sql: select id, name, email, tier, amount from ${table} where id = :id and ${index} >= 0${own}`,
      `    ${idInput(index)}`,
      '    returns: one',
    ];
  if (index % 3 === 1)
    return [
      name,
      `    sql: select id, name, amount from ${table} where amount >= :least and tier is not distinct from :tier and ${index} >= 0${own} order by id limit 50`,
      `    input: { type: object, properties: { least: { type: number }, tier: { type: string, maxLength: ${40 + index} } }, required: [least], additionalProperties: false }`,
      '    returns: many',
    ];
  return [
    name,
    '    mode: write',
    `    sql: update ${table} set name = :name, amount = amount + ${index} where id = :id${own} returning id, name`,
    `    input: { type: object, properties: { id: { type: integer }, name: { type: string, minLength: 1, maxLength: ${200 + index} } }, required: [id, name], additionalProperties: false }`,
    '    returns: one',
  ];
}

/** stk.yaml of project shop; every environment on the database that DATABASE_URL names. */
export function projectText(environments: readonly string[], hub?: string): string {
  return [
    'project: shop',
    ...(hub === undefined ? [] : [`hub: ${hub}`]),
    'environments:',
    ...environments.map((name) => `  ${name}: { database: { urlFrom: DATABASE_URL } }`),
    '',
  ].join('\n');
}
