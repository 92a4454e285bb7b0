import { z } from 'zod';
import type { KeptSecret, WidgetSettings } from './business.schema.js';
import { widgetSecrets } from './widget-settings.js';

export const changeWidgetInput = z
  .strictObject({
    require_identity: z.boolean().meta({
      description: 'Whether every visitor has to be proven by the host page; nobody is anonymous then.',
    }),
  })
  .meta({ id: 'ChangeWidgetInput' });
export type ChangeWidgetInput = z.infer<typeof changeWidgetInput>;

export const rotation = z
  .strictObject({
    what: z.enum(['key', ...widgetSecrets]).meta({
      description: 'The public key, the secret of HMACs over user ids, or the secret that signs JWTs.',
    }),
  })
  .meta({ id: 'WidgetRotation' });
export type Rotation = z.infer<typeof rotation>;

const secretView = z
  .strictObject({ hint: z.string().meta({ description: 'Its last characters.' }), created_at: z.string() })
  .nullable();

export const widgetView = z
  .strictObject({
    key: z
      .string()
      .meta({ description: 'Public: it stands in every page.', example: 'wk_3vXz0pQm1sT4uV7wYb2cDeFg' }),
    require_identity: z.boolean(),
    hmac_secret: secretView,
    jwt_secret: secretView,
  })
  .meta({ id: 'WidgetSettings' });

export const rotatedView = z
  .strictObject({
    what: rotation.shape.what,
    value: z.string().meta({ description: 'The new one; a secret is shown here and never again.' }),
    widget: widgetView,
  })
  .meta({ id: 'RotatedWidget' });

export function toWidgetView(widget: WidgetSettings): z.infer<typeof widgetView> {
  return {
    key: widget.key,
    require_identity: widget.require_identity,
    hmac_secret: toSecretView(widget.hmac_secret),
    jwt_secret: toSecretView(widget.jwt_secret),
  };
}

function toSecretView(secret: KeptSecret | null): z.infer<typeof secretView> {
  return secret === null ? null : { hint: secret.hint, created_at: secret.at.toISOString() };
}
