export { CustomerModule } from './customer.module.js';
export { CustomerService } from './customer.service.js';
export { MergeService } from './merge.service.js';
export { normalizePhone } from './phone.js';
export type { CustomerDocument, CustomerKind } from './customer.schema.js';
