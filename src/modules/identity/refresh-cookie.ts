import type { Request, Response } from 'express';

const NAME = 'deskwire_refresh';
const PATH = '/api/v1/auth';
/** Longer than any session lives: what it holds ends by itself. */
const MAX_AGE_MS = 365 * 86_400_000;

/**
 * Where browsers keep the refresh token: no script reads it, no other site sends it, and only the routes that need it
 * get it. Over TLS it stays there.
 */
export function setRefreshCookie(response: Response, token: string): void {
  response.cookie(NAME, token, { ...attributes(response), maxAge: MAX_AGE_MS });
}

export function clearRefreshCookie(response: Response): void {
  response.clearCookie(NAME, attributes(response));
}

export function readRefreshCookie({ headers }: Request): string | undefined {
  return headers.cookie
    ?.split(';')
    .map((pair) => pair.trim().split('='))
    .find(([name]) => name === NAME)?.[1];
}

function attributes({ req }: Response) {
  return { path: PATH, httpOnly: true, sameSite: 'strict', secure: req.secure } as const;
}
