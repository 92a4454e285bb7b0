import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../../platform/actor.js';
import { CurrentActor, Input } from '../../platform/http/input.js';
import { Route } from '../../platform/http/route.js';
import {
  changeWidgetInput,
  rotatedView,
  rotation,
  toWidgetView,
  widgetView,
  type ChangeWidgetInput,
  type Rotation,
} from './widget-settings.dto.js';
import { WidgetSettingsService } from './widget-settings.service.js';

type WidgetView = z.infer<typeof widgetView>;

@Controller('api/v1/business/widget')
export class WidgetSettingsController {
  constructor(private readonly service: WidgetSettingsService) {}

  @Route({
    method: 'GET',
    path: '',
    access: 'business.read',
    summary: 'Show how host pages embed the widget',
    answer: widgetView,
  })
  async get(@CurrentActor() actor: Actor): Promise<WidgetView> {
    return toWidgetView(await this.service.get(actor));
  }

  @Route({
    method: 'PATCH',
    path: '',
    access: 'business.update',
    summary: 'Say whether visitors have to be proven by the host page',
    body: changeWidgetInput,
    answer: widgetView,
    errors: ['conflict'],
  })
  async change(@CurrentActor() actor: Actor, @Input('body') input: ChangeWidgetInput): Promise<WidgetView> {
    return toWidgetView(await this.service.requireIdentity(actor, input.require_identity));
  }

  @Route({
    method: 'POST',
    path: 'rotations',
    access: 'keys.manage',
    summary: 'Make a new public key or a new secret for the widget',
    description:
      'The old one is worth nothing from then on. A secret is shown in this answer only: whoever loses it makes another.',
    body: rotation,
    answer: rotatedView,
  })
  async rotate(
    @CurrentActor() actor: Actor,
    @Input('body') { what }: Rotation,
  ): Promise<z.infer<typeof rotatedView>> {
    const { widget, value } = await this.service.rotate(actor, what);
    return { what, value, widget: toWidgetView(widget) };
  }
}
