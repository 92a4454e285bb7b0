export { BusinessModule } from './business.module.js';
export { BusinessService } from './business.service.js';
export { businessName, businessSettings } from './business.dto.js';
export type { BusinessDocument, BusinessSettings, BusinessState } from './business.schema.js';
