import { keepSecret, keepSecretsOf } from './kept-logs.js';

/** The answer of a call: `body` is parsed when it is JSON, else the text. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReturnType<typeof JSON.parse>;
  readonly text: string;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request to a running service, as a client makes it: JSON in, JSON out. */
export async function call(
  service: { readonly url: string },
  method: string,
  path: string,
  { body, token, headers }: CallOptions = {},
): Promise<Answer> {
  const answer = await fetch(service.url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    redirect: 'manual',
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  const parsed = isJson ? JSON.parse(text) : text;
  if (token !== undefined) keepSecret(token);
  keepSecretsOf(body);
  keepSecretsOf(parsed);
  return { status: answer.status, headers: answer.headers, text, body: parsed };
}
