import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { openApiDocument } from './openapi.js';
import type { ServedRoute } from './route-table.js';

/** Swagger's pages at /docs, the document that they show at /docs-json: both made from the routes as they run. */
export function serveDocs(app: NestExpressApplication, routes: readonly ServedRoute[]): void {
  const document = openApiDocument(routes);
  SwaggerModule.setup('docs', app, () => document as never, {
    jsonDocumentUrl: 'docs-json',
    raw: ['json'],
    customSiteTitle: 'Deskwire API',
  });
}
