import type { Error as ErrorBody, Routes } from './routes.gen.js';

/** What a route takes, beside what every route takes. */
type Inputs<R extends keyof Routes> = Omit<Routes[R], 'answer'> & {
  /** Makes a repeat of a creating request harmless. */
  readonly idempotencyKey?: string;
};
type Arguments<R extends keyof Routes> =
  Partial<Inputs<R>> extends Inputs<R> ? [inputs?: Inputs<R>] : [inputs: Inputs<R>];

/** An answer that is no success: `code` says what to do, `requestId` finds it in the server's log. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorBody['error']['code'],
    message: string,
    readonly details: ErrorBody['error']['details'],
    readonly requestId: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export interface ApiOptions {
  /** Where the service is; the same origin unless told. */
  readonly url?: string;
  /** The access token or API key of the moment. */
  readonly token?: () => string | undefined;
}

/**
 * Calls the service: `await api('GET /api/v1/customers', { query: { limit: 10 } })`. Routes, inputs and answers are
 * those of the OpenAPI document, so that a call which the service would refuse does not compile.
 */
export function createApi({ url = '', token }: ApiOptions = {}) {
  return async function call<R extends keyof Routes>(
    route: R,
    ...[inputs]: Arguments<R>
  ): Promise<Routes[R]['answer']> {
    const { params, query, body, idempotencyKey } = (inputs ?? {}) as LooseInputs;
    const [method = '', path = ''] = route.split(' ');
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ''));
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== undefined) search.set(name, String(value));
    const address = `${url}${filled}${search.size > 0 ? '?' : ''}${search.toString()}`;
    const bearer = token?.();
    const answer = await fetch(address, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw await toError(answer);
    const isJson = answer.headers.get('content-type')?.includes('application/json') === true;
    const value: unknown = isJson
      ? await answer.json()
      : answer.status === 204
        ? undefined
        : await answer.text();
    return value as Routes[R]['answer'];
  };
}
export type Api = ReturnType<typeof createApi>;

interface LooseInputs {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

/** Whatever stands between us and the service may answer without our shape. */
async function toError(answer: Response): Promise<ApiError> {
  try {
    const { error } = (await answer.json()) as ErrorBody;
    return new ApiError(answer.status, error.code, error.message, error.details, error.request_id);
  } catch {
    return new ApiError(answer.status, 'internal', `The answer was ${answer.status}.`, undefined, '');
  }
}
