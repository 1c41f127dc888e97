// Floor: a primary-key read as one writes it by hand with Fastify and pg: a schema for the body, one named query.
import { fastify } from 'fastify';
import { Pool } from 'pg';
import { serve } from './serve.ts';

interface Call {
  readonly input: { readonly id: number };
}

const pool = new Pool({ connectionString: process.argv[2], max: 10 });
const query = process.argv[3] ?? '';

const body = {
  type: 'object',
  required: ['input'],
  properties: {
    input: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } },
  },
};

const app = fastify();
app.post<{ Body: Call }>('/call', { schema: { body } }, async (request, reply) => {
  const { rows } = await pool.query({ name: 'get', text: query, values: [request.body.input.id] });
  const [row]: unknown[] = rows;
  return row === undefined ? reply.code(404).send({ error: 'no row' }) : { result: row };
});

await app.ready();
serve(app.server);
