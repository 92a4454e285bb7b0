import { createSecretKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import type { Actor } from '../../platform/actor.js';
import { Sealing } from '../../platform/auth/sealing.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/logging.js';
import { CLOCK, LOGGER } from '../../platform/tokens.js';
import { changeOf, type FieldChange } from './business.changes.js';
import { BusinessRepository } from './business.repository.js';
import type { BusinessDocument, BusinessState, KeptSecret, WidgetSettings } from './business.schema.js';
import { newWidgetKey, newWidgetSecret, type WidgetSecret } from './widget-settings.js';
import type { Rotation } from './widget-settings.dto.js';

/** What whoever lets widgets in has to know of the business behind a key. */
export interface WidgetAccess {
  readonly business: string;
  readonly state: BusinessState;
  readonly require_identity: boolean;
  /** Undefined while the business has none: then nothing can be proven that way. */
  readonly hmacKey: KeyObject | undefined;
  readonly jwtKey: KeyObject | undefined;
}

export interface Rotated {
  readonly widget: WidgetSettings;
  /** The new key or secret; of a secret it is the only time that it is shown. */
  readonly value: string;
}

@Injectable()
export class WidgetSettingsService {
  constructor(
    private readonly repository: BusinessRepository,
    private readonly sealing: Sealing,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async get(actor: Actor): Promise<WidgetSettings> {
    return widgetOf(await this.repository.find(actor));
  }

  async requireIdentity(actor: Actor, require_identity: boolean): Promise<WidgetSettings> {
    const changed = await this.repository.update(actor, (current) => {
      const widget = widgetOf(current);
      if (require_identity && widget.hmac_secret === null && widget.jwt_secret === null)
        throw new DomainError(
          'conflict',
          'Make an hmac_secret or a jwt_secret first: nobody could prove who they are.',
        );
      const [old, now] = [String(widget.require_identity), String(require_identity)];
      const changes = old === now ? {} : { 'widget.require_identity': { old, new: now } };
      return changeOf(actor, current, { widget: { ...widget, require_identity } }, changes);
    });
    return widgetOf(changed);
  }

  /** Makes a new key or secret in place of the old one, which is worth nothing from then on. */
  async rotate(actor: Actor, what: Rotation['what']): Promise<Rotated> {
    const value = what === 'key' ? newWidgetKey() : newWidgetSecret(what);
    const changed = await this.repository.update(actor, (current) => {
      const widget = widgetOf(current);
      if (what === 'key') {
        const change: FieldChange = { old: widget.key, new: value };
        return changeOf(actor, current, { widget: { ...widget, key: value } }, { 'widget.key': change });
      }
      const kept = this.keep(actor.business, what, value);
      const change: FieldChange = { old: shown(widget[what]), new: shown(kept) };
      return changeOf(
        actor,
        current,
        { widget: { ...widget, [what]: kept } },
        { [`widget.${what}`]: change },
      );
    });
    return { widget: widgetOf(changed), value };
  }

  /** Whose widget shows this key; undefined for a key that is not, or no longer, one of a living business. */
  async byKey(key: string): Promise<WidgetAccess | undefined> {
    const found = await this.repository.findByWidgetKey(key);
    if (found === null || found.widget === null || found.state === 'deleted') return undefined;
    const { _id: business, state, widget } = found;
    return {
      business,
      state,
      require_identity: widget.require_identity,
      hmacKey: this.open(business, 'hmac_secret', widget.hmac_secret),
      jwtKey: this.open(business, 'jwt_secret', widget.jwt_secret),
    };
  }

  private keep(business: string, which: WidgetSecret, secret: string): KeptSecret {
    const sealed = this.sealing.seal(contextOf(business, which), secret);
    return { sealed, hint: secret.slice(-4), at: this.clock.now() };
  }

  private open(business: string, which: WidgetSecret, kept: KeptSecret | null): KeyObject | undefined {
    if (kept === null) return undefined;
    const secret = this.sealing.open(contextOf(business, which), kept.sealed);
    if (secret !== undefined) return createSecretKey(Buffer.from(secret));
    this.logger.error(
      { business, which },
      'A widget secret does not open: it was kept under another JWT_SECRET',
    );
    return undefined;
  }
}

function contextOf(business: string, which: WidgetSecret): string {
  return `widget/${business}/${which}`;
}

function widgetOf(business: BusinessDocument | null): WidgetSettings {
  if (business === null || business.widget === null) throw new DomainError('not_found');
  return business.widget;
}

function shown(secret: KeptSecret | null): string {
  return secret === null ? 'none' : `ends in ${secret.hint}`;
}
