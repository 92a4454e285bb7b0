import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import type { Actor } from '../../platform/actor.js';
import type { Clock } from '../../platform/clock.js';
import { CurrentActor, Input } from '../../platform/http/input.js';
import { decodeCursor, pageOf, pageQuery, toPage, type PageQuery } from '../../platform/http/pagination.js';
import { Route } from '../../platform/http/route.js';
import { CLOCK } from '../../platform/tokens.js';
import {
  businessView,
  changeBusinessInput,
  historyEntryView,
  toBusinessView,
  toHistoryView,
  type ChangeBusinessInput,
} from './business.dto.js';
import type { BusinessHours } from './business-hours.js';
import { businessHoursInput, businessHoursView, toHoursView } from './business-hours.dto.js';
import { BusinessService } from './business.service.js';

type BusinessView = z.infer<typeof businessView>;

@Controller('api/v1/business')
export class BusinessController {
  constructor(private readonly service: BusinessService) {}

  @Route({
    method: 'GET',
    path: '',
    access: 'business.read',
    summary: 'Show the business',
    answer: businessView,
  })
  async get(@CurrentActor() actor: Actor): Promise<BusinessView> {
    return toBusinessView(await this.service.get(actor));
  }

  @Route({
    method: 'PATCH',
    path: '',
    access: 'business.update',
    summary: 'Rename the business or change its settings',
    body: changeBusinessInput,
    answer: businessView,
  })
  async change(
    @CurrentActor() actor: Actor,
    @Input('body') input: ChangeBusinessInput,
  ): Promise<BusinessView> {
    return toBusinessView(await this.service.change(actor, input));
  }

  @Route({
    method: 'GET',
    path: 'history',
    access: 'business.read',
    summary: 'List what was changed about the business, newest first',
    query: pageQuery,
    answer: pageOf(historyEntryView),
  })
  async history(@CurrentActor() actor: Actor, @Input('query') { cursor, limit }: PageQuery) {
    const [before] = decodeCursor(cursor, z.tuple([z.int().positive()])) ?? [Number.MAX_SAFE_INTEGER];
    const rows = await this.service.history(actor, before, limit + 1);
    return toPage(rows, limit, { position: ({ rev }) => [rev], view: toHistoryView });
  }

  @Route({
    method: 'POST',
    path: 'suspend',
    access: 'business.delete',
    whileSuspended: true,
    summary: 'Suspend the business',
    description:
      'Its staff can read, its owner can resume it; everything else is refused with business_suspended.',
    answer: businessView,
    errors: ['impossible_transition'],
  })
  async suspend(@CurrentActor() actor: Actor): Promise<BusinessView> {
    return toBusinessView(await this.service.suspend(actor));
  }

  @Route({
    method: 'POST',
    path: 'resume',
    access: 'business.delete',
    whileSuspended: true,
    summary: 'Resume a suspended business',
    answer: businessView,
    errors: ['impossible_transition'],
  })
  async resume(@CurrentActor() actor: Actor): Promise<BusinessView> {
    return toBusinessView(await this.service.resume(actor));
  }

  @Route({
    method: 'POST',
    path: 'deletion',
    access: 'business.delete',
    whileSuspended: true,
    summary: 'Request the deletion of the business',
    description: 'It goes on working and is deleted after 14 days, unless the request is taken back.',
    answer: businessView,
    errors: ['impossible_transition'],
  })
  async requestDeletion(@CurrentActor() actor: Actor): Promise<BusinessView> {
    return toBusinessView(await this.service.requestDeletion(actor));
  }

  @Route({
    method: 'DELETE',
    path: 'deletion',
    access: 'business.delete',
    summary: 'Keep the business: take back the request to delete it',
    answer: businessView,
    errors: ['impossible_transition'],
  })
  async keep(@CurrentActor() actor: Actor): Promise<BusinessView> {
    return toBusinessView(await this.service.keep(actor));
  }
}

@Controller('api/v1/business-hours')
export class BusinessHoursController {
  constructor(
    private readonly service: BusinessService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Route({
    method: 'GET',
    path: '',
    access: 'business.read',
    summary: 'Show the opening hours, and whether it is open now',
    answer: businessHoursView,
  })
  async get(@CurrentActor() actor: Actor): Promise<z.infer<typeof businessHoursView>> {
    return toHoursView(await this.service.get(actor), this.clock.now());
  }

  @Route({
    method: 'PUT',
    path: '',
    access: 'business.update',
    summary: 'Replace the opening hours',
    description:
      'Times are of the clock in the time zone of the business. A holiday replaces the spans of its day.',
    body: businessHoursInput,
    answer: businessHoursView,
  })
  async replace(
    @CurrentActor() actor: Actor,
    @Input('body') input: BusinessHours,
  ): Promise<z.infer<typeof businessHoursView>> {
    return toHoursView(await this.service.changeHours(actor, input), this.clock.now());
  }
}
