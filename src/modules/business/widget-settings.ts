import { randomBytes } from 'node:crypto';
import type { WidgetSettings } from './business.schema.js';

/** The public key of a widget; it opens nothing by itself. */
export function newWidgetKey(): string {
  return `wk_${randomBytes(18).toString('base64url')}`;
}

/** The two secrets are apart, since a host that signs user ids for us must not thereby have signed tokens. */
export const widgetSecrets = ['hmac_secret', 'jwt_secret'] as const;
export type WidgetSecret = (typeof widgetSecrets)[number];

const prefixes: Readonly<Record<WidgetSecret, string>> = { hmac_secret: 'whs_', jwt_secret: 'wjs_' };

export function newWidgetSecret(which: WidgetSecret): string {
  return prefixes[which] + randomBytes(32).toString('base64url');
}

/** A new business has a key and no secrets: they are shown when they are made, so they are made when they are asked for. */
export function newWidget(): WidgetSettings {
  return { key: newWidgetKey(), require_identity: false, hmac_secret: null, jwt_secret: null };
}
