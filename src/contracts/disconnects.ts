/**
 * Why a live connection ends, as `session:closed { code, retry, message }` says it before the transport goes.
 * `retry` tells a client what to do: come back as it is, come back with a fresh token, or stay away.
 */
interface DisconnectMeaning {
  retry: 'now' | 'with-fresh-token' | 'never';
  message: string;
}

const meanings = {
  draining: { retry: 'now', message: 'This server is restarting. Connect again.' },
  too_slow: { retry: 'now', message: 'The connection could not keep up. Connect again to resume.' },
  overloaded: { retry: 'now', message: 'The server is busy. Connect again in a moment.' },
  token_expired: { retry: 'with-fresh-token', message: 'The token has expired.' },
  role_changed: { retry: 'with-fresh-token', message: 'Your role has changed. Sign in again.' },
  session_revoked: { retry: 'never', message: 'This session was ended.' },
  user_disabled: { retry: 'never', message: 'This account is switched off.' },
  business_suspended: { retry: 'never', message: 'This business is suspended.' },
  protocol_error: { retry: 'never', message: 'The client sent something that is not part of the protocol.' },
} as const satisfies Record<string, DisconnectMeaning>;

export type DisconnectCode = keyof typeof meanings;
export const disconnectMeanings: Readonly<Record<DisconnectCode, DisconnectMeaning>> = meanings;
