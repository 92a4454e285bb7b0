import { createApi } from '../web/react/src/api/client.js';

/**
 * The first steps of an integrator: sign in, see who one is, make an API key, use it. Types of routes, inputs and
 * answers come with the client: what the service would refuse does not compile.
 */
export async function quickstart(url: string, email: string, password: string) {
  const anybody = createApi({ url });
  const { access_token } = await anybody('POST /api/v1/auth/login', { body: { email, password } });

  const person = createApi({ url, token: () => access_token });
  const me = await person('GET /api/v1/auth/me');

  // The key is in this answer only. Sent again with the same idempotency key, the request makes no second one.
  const { key } = await person('POST /api/v1/api-keys', {
    body: { name: 'Quick start', scopes: ['customers:read', 'customers:manage'] },
    idempotencyKey: crypto.randomUUID(),
  });

  const program = createApi({ url, token: () => key });
  const { key: itself } = await program('GET /api/v1/auth/me');
  const customers = await program('GET /api/v1/customers', { query: { limit: 10 } });

  return { business: me.business.name, role: me.role, scopes: itself?.scopes, customers: customers.items };
}
