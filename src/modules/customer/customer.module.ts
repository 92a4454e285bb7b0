import { Module } from '@nestjs/common';
import { BusinessModule } from '../business/index.js';
import { CustomerController } from './customer.controller.js';
import { CustomerListener } from './customer.listener.js';
import { CustomerPersonalData } from './customer.personal-data.js';
import { CustomerRepository } from './customer.repository.js';
import { CustomerService } from './customer.service.js';
import { CustomerStanding } from './customer.standing.js';
import { CustomerTasks } from './customer.tasks.js';
import { ErasureService } from './erasure.service.js';
import { ExportService } from './export.service.js';
import { MergeService } from './merge.service.js';
import { WidgetController } from './widget.controller.js';
import { WidgetService } from './widget.service.js';

@Module({
  imports: [BusinessModule],
  controllers: [CustomerController, WidgetController],
  providers: [
    CustomerRepository,
    CustomerService,
    CustomerListener,
    CustomerStanding,
    CustomerPersonalData,
    CustomerTasks,
    MergeService,
    ExportService,
    ErasureService,
    WidgetService,
  ],
  exports: [CustomerService, MergeService],
})
export class CustomerModule {}
