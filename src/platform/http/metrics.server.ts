import { createServer, type Server } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Settings } from '../../config/env.js';
import { Metrics } from '../metrics.js';
import { SETTINGS } from '../tokens.js';
import { METRICS_TYPE } from './metrics.controller.js';

/** /metrics on METRICS_PORT, for a network that only the operator reaches. It outlives the door: a drain is seen. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | undefined;

  constructor(
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { metricsPort, host } = this.settings;
    if (metricsPort === undefined) return;
    const server = createServer((request, response) => {
      const known = request.method === 'GET' && request.url === '/metrics';
      if (!known) response.writeHead(404).end();
      else
        void this.metrics.registry.metrics().then((text) => {
          response.writeHead(200, { 'Content-Type': METRICS_TYPE }).end(text);
        });
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(metricsPort, host, resolve);
    });
  }

  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }
}
