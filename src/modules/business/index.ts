export { BusinessModule } from './business.module.js';
export { BusinessService } from './business.service.js';
export { BusinessDirectory } from './business.directory.js';
export { WidgetSettingsService, type WidgetAccess } from './widget-settings.service.js';
export { businessName, businessSettings } from './business.dto.js';
export { isOpen, nextChange, openingAt, type BusinessHours } from './business-hours.js';
export { toInstant, toLocalMinutes } from './local-time.js';
export type { BusinessDocument, BusinessSettings, BusinessState } from './business.schema.js';
