// The files of a new config repo from `stk init`: small, complete, and served at once.
import { drillTemplate, drillTemplatePath } from '../drill/drill-document.ts';
import { publishedSchemas } from './published-schemas.ts';

export interface InitRequest {
  readonly project: string;
  /** RFC 3339, for the releases' `createdAt`. */
  readonly createdAt: string;
  /** How a shell starts stk: `stk`, or with npx. */
  readonly command: string;
}

/** Path → text. `dev` serves v1.1.0 and `prod` v1.0.0, so that there is something to promote. */
export function initFiles({ project, createdAt, command }: InitRequest): ReadonlyMap<string, string> {
  return new Map([
    ['stk.yaml', projectFile(project)],
    ['environments/dev.yaml', pointerFile('v1.1.0')],
    ['environments/prod.yaml', pointerFile('v1.0.0')],
    ['releases/v1.0.0.yaml', releaseFile({ id: 'v1.0.0', createdAt, greeting: 'Hello', isFirst: true })],
    [
      'releases/v1.1.0.yaml',
      releaseFile({ id: 'v1.1.0', createdAt, greeting: 'Welcome back', isFirst: false }),
    ],
    ['migrations/0001_base.sql', migration],
    [drillTemplatePath, drillTemplate],
    ...publishedSchemas(),
    ['README.md', readme(project, command)],
    ['.gitignore', '.stk/\n'],
  ]);
}

function projectFile(project: string): string {
  return `# yaml-language-server: $schema=schemas/project.json
project: ${JSON.stringify(project)}
environments: # in promotion order
  dev:
    database: { embedded: true, init: [migrations/0001_base.sql] }
  prod:
    # On a server of your own: { urlFrom: PROD_DATABASE_URL, schema: public, role: app }
    database: { embedded: true, init: [migrations/0001_base.sql] }
hub: http://127.0.0.1:8080
`;
}

function pointerFile(release: string): string {
  return `# yaml-language-server: $schema=../schemas/pointer.json
release: ${release}
`;
}

const migration = `-- The first schema. It is applied once, when the Hub makes an embedded database.
create table notes (
  id         integer generated always as identity primary key,
  title      text not null,
  body       text not null default '',
  created_at timestamptz not null default now()
);

insert into notes (title, body) values
  ('First note', 'Read it with the operation notes.get.'),
  ('Second note', 'Add another with notes.add.');
`;

interface ReleaseFileRequest {
  readonly id: string;
  readonly createdAt: string;
  readonly greeting: string;
  readonly isFirst: boolean;
}

function releaseFile({ id, createdAt, greeting, isFirst }: ReleaseFileRequest): string {
  const notes = isFirst ? 'The first release.' : 'Adds notes.search, and lets readers use it.';
  const permissions = isFirst
    ? 'reader: [about, notes.get, config.read]'
    : 'reader: [about, notes.get, notes.search, config.read]';
  return `# yaml-language-server: $schema=../schemas/release.json
# Immutable once a pointer names it: to change something, add another release.
release: ${id}
ref: initial # the application's git ref that this was cut from
createdAt: ${createdAt}
notes: ${notes}
schema: # what the operations need of the database
  tables:
    notes:
      columns:
        id: { type: integer }
        title: { type: text }
        body: { type: text }
        created_at: { type: timestamptz }
      unique: [[id]]
permissions: # role -> operations; everything else is denied
  ${permissions}
  writer: ["notes.*"]
config:
  greeting: ${greeting}
operations:
  about:
    value: { release: ${id} }
  notes.get:
    input:
      type: object
      properties: { id: { type: integer } }
      required: [id]
      additionalProperties: false
    sql: select id, title, body, created_at from notes where id = :id
    returns: one
  notes.add:
    mode: write
    input:
      type: object
      properties: { title: { type: string, minLength: 1 }, body: { type: string } }
      required: [title]
      additionalProperties: false
    sql: insert into notes (title, body) values (:title, coalesce(:body, '')) returning id, title
    returns: one
${isFirst ? '' : searchOperation}`;
}

const searchOperation = `  notes.search:
    input:
      type: object
      properties: { word: { type: string, minLength: 1 } }
      required: [word]
      additionalProperties: false
    sql: select id, title from notes where position(lower(:word) in lower(title)) > 0 order by id limit 100
    returns: many
`;

function readme(project: string, command: string): string {
  return `# ${project}

A config repo of stk. \`environments/\` holds one pointer for each environment: the release it should serve.
\`releases/\` holds the releases, which never change. To change what an environment serves, commit another release id to
its pointer, on the branch that the Hub follows. The Hub checks the environment's database first. If the release does not
fit, the Hub keeps serving the former release.

Start the Hub:

    ${command} hub

Call an operation (dev serves v1.1.0, prod still serves v1.0.0):

    curl -s http://127.0.0.1:8080/projects/${project}/environments/dev/call \\
      -H 'Content-Type: application/json' -H 'Stk-Role: reader' \\
      -d '{"operation": "notes.search", "input": {"word": "note"}}'

Promote the release of dev to prod, look at the result, and roll back:

    ${command} release promote --from dev --to prod
    ${command} status
    ${command} release rollback --env prod --to-release-id v1.0.0 --reason "just trying"
`;
}
