import { Module } from '@nestjs/common';
import { BusinessController, BusinessHoursController } from './business.controller.js';
import { BusinessDirectory } from './business.directory.js';
import { BusinessListener } from './business.listener.js';
import { BusinessRepository } from './business.repository.js';
import { BusinessService } from './business.service.js';
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
  ],
  exports: [BusinessService, BusinessDirectory, WidgetSettingsService],
})
export class BusinessModule {}
