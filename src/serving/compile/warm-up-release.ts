// A release that nobody serves: what the compiler reads before the first real one, so that its code is warm by then.

/** Operations of it: some 20 ms of work for warm code. */
const operations = 30;

/** Of the usual shapes; every round differs, as releases do. */
export function writeWarmUpRelease(id: string, round: number): string {
  const lines = [
    `release: ${id}`,
    'ref: warm-up',
    'createdAt: 2000-01-01T00:00:00Z',
    'schema: { tables: { t: { columns: { id: { type: integer }, name: { type: text, nullable: true } } } } }',
    'permissions: { reader: ["*"] }',
    'operations:',
  ];
  for (let index = 0; index < operations; index += 1) {
    const shape = shapes[index % shapes.length];
    if (shape !== undefined) lines.push(...shape(`op${index}`, 1 + round * operations + index));
  }
  return `${lines.join('\n')}\n`;
}

type Shape = (name: string, number: number) => readonly string[];

const shapes: readonly Shape[] = [
  (name, number) => [
    `  ${name}:`,
    `    sql: select id, name, email from t where id = :id and ${number} >= 0`,
    `    input: { type: object, properties: { id: { type: integer, maximum: ${number} } }, required: [id], additionalProperties: false }`,
    '    returns: one',
  ],
  (name, number) => [
    `  ${name}:`,
    '    sql: >-',
    '      select a.id, count(*) as many, coalesce(sum(b.amount), 0) as amount from t a',
    '      left join u b on b.t_id = a.id and b.state = any(:states)',
    `      where a.name ilike :name group by a.id having count(*) > ${number} order by a.id limit 50`,
    `    input: { type: object, properties: { name: { type: string, maxLength: ${number} }, states: { type: array, items: { type: string, enum: [a, b] }, maxItems: 9 } }, required: [name], additionalProperties: false }`,
    '    returns: many',
  ],
  (name, number) => [
    `  ${name}:`,
    '    mode: write',
    `    sql: update t set name = :name, amount = amount + ${number} where id = :id returning id, name`,
    `    input: { type: object, properties: { id: { type: integer }, name: { type: string, minLength: 1, maxLength: ${number} } }, required: [id, name], additionalProperties: false }`,
    '    returns: one',
  ],
  (name, number) => [
    `  ${name}:`,
    '    mode: write',
    '    sql: |-',
    '      insert into t (id, name, created_at)',
    `      values (:id, case when :name = '' then null else :name end, now() - interval '${number} days')`,
    '      on conflict (id) do update set name = excluded.name',
    `    input: { type: object, properties: { id: { type: integer, minimum: ${number} }, name: { type: [string, "null"] } }, required: [id], additionalProperties: false }`,
    '    returns: count',
  ],
];
