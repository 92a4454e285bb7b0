import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { BusinessController, BusinessHoursController } from './business.controller.js';
import { BusinessDirectory } from './business.directory.js';
import { BusinessListener } from './business.listener.js';
import { BusinessRepository } from './business.repository.js';
import { BusinessService } from './business.service.js';
import { OriginGuard } from './origin.guard.js';
import { WidgetSettingsController } from './widget-settings.controller.js';
import { WidgetSettingsService } from './widget-settings.service.js';

@Module({
  controllers: [BusinessController, BusinessHoursController, WidgetSettingsController],
  providers: [
    BusinessRepository,
    BusinessDirectory,
    BusinessService,
    BusinessListener,
    WidgetSettingsService,
    // Runs after the guard of the platform, whose module is imported first: it needs to know who calls.
    { provide: APP_GUARD, useClass: OriginGuard },
  ],
  exports: [BusinessService, BusinessDirectory, WidgetSettingsService],
})
export class BusinessModule {}
