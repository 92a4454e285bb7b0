import { Module } from '@nestjs/common';
import { BusinessListener } from './business.listener.js';
import { BusinessRepository } from './business.repository.js';
import { BusinessService } from './business.service.js';

@Module({
  providers: [BusinessRepository, BusinessService, BusinessListener],
  exports: [BusinessService],
})
export class BusinessModule {}
