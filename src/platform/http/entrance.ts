import { randomBytes } from 'node:crypto';
import type { NestExpressApplication } from '@nestjs/platform-express';
import compression from 'compression';
import type { NextFunction, Response } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { Histogram } from 'prom-client';
import type { Clock } from '../clock.js';
import type { Logger } from '../logging.js';
import { REQUEST_DEADLINE_MS, withDeadline } from '../mongo/deadline.js';
import { Metrics } from '../metrics.js';
import { CLOCK, LOGGER } from '../tokens.js';
import { Origins } from './origins.js';
import { addressKey, RateLimits } from './rate-limits.js';
import type { ServiceRequest } from './request.js';

type Step = (request: ServiceRequest, response: Response, next: NextFunction) => void;

/** What every request passes before its route is looked for, in this order. */
export function installEntrance(app: NestExpressApplication): void {
  const logger = app.get<Logger>(LOGGER);
  app.use(identify(app.get<Clock>(CLOCK)));
  app.use(requestLog(logger));
  app.use(measure(app.get(Metrics)));
  for (const step of securityHeaders()) app.use(step);
  app.use(compression());
  app.use(limitAddress(app.get(RateLimits)));
  app.use(crossOrigin(app.get(Origins)));
}

/** A caller's own request id is kept when it is one that can stand in a log line. */
function identify(clock: Clock): Step {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const id =
      given !== undefined && /^[\w.:-]{1,64}$/.test(given) ? given : randomBytes(9).toString('base64url');
    request.requestId = id;
    // Express asks the socket each time, and throws when that is gone: a client that left would end the pod.
    Object.defineProperty(request, 'ip', { value: request.ip ?? 'unknown' });
    request.arrivedAt = clock.monotonic();
    response.setHeader('X-Request-Id', id);
    // What the guards and the handler wait for is cut by one deadline; it starts here.
    void withDeadline(REQUEST_DEADLINE_MS, async () => next());
  };
}

interface Timing {
  readonly ms?: number;
}

/** One line per request: who, what, how it ended. Never a query, a body or a header: those hold names and secrets. */
function requestLog(logger: Logger): Step {
  const log = pinoHttp<ServiceRequest, Response>({
    logger,
    autoLogging: { ignore: ({ url }) => /^\/(health|metrics)\b/.test(url) },
    customLogLevel: (_request, { statusCode }) => (statusCode >= 500 ? 'error' : 'info'),
    customSuccessMessage: () => 'Request',
    customErrorMessage: () => 'Request',
    genReqId: ({ requestId }) => requestId ?? '',
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'request_id', responseTime: 'ms' },
    customSuccessObject: (request, response, values: Timing) => line(request, response, values),
    customErrorObject: (request, response, _error, values: Timing) => line(request, response, values),
  });
  return (request, response, next) => log(request, response, next);
}

function line(request: ServiceRequest, response: Response, { ms }: Timing) {
  return {
    method: request.method,
    // The pattern and not the path, which can carry anything.
    route: routeOf(request),
    status: response.statusCode,
    ...(response.writableFinished ? {} : { cut_off: true }),
    business: request.actor?.business,
    actor: request.actor?.id,
    ip: request.ip,
    ms,
  };
}

function measure({ registry }: Metrics): Step {
  const durations = new Histogram({
    name: 'deskwire_http_request_seconds',
    help: 'From the arrival of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  return (request, response, next) => {
    const stop = durations.startTimer();
    response.once('finish', () =>
      stop({ method: request.method, route: routeOf(request), status: response.statusCode }),
    );
    next();
  };
}

function routeOf(request: ServiceRequest): string {
  const route: unknown = request.route;
  const path: unknown = typeof route === 'object' && route !== null ? Reflect.get(route, 'path') : undefined;
  return typeof path === 'string' ? path : 'unknown';
}

function securityHeaders(): Step[] {
  const directives = {
    defaultSrc: ["'self'"],
    baseUri: ["'self'"],
    connectSrc: ["'self'"],
    fontSrc: ["'self'", 'data:'],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    mediaSrc: ["'self'", 'blob:'],
    objectSrc: ["'none'"],
    scriptSrc: ["'self'"],
    scriptSrcAttr: ["'none'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  };
  const headers = helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    strictTransportSecurity: false,
    // 0 is what helmet says anyway; frames are refused by the policy above, for browsers that know it, and by this.
    xFrameOptions: { action: 'deny' },
  });
  return [
    (request, response, next) => headers(request, response, next),
    (request, response, next) => {
      // Told over plain HTTP it means nothing, and a demo on localhost must not bind the browser to TLS.
      if (request.secure)
        response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
      // Answers of the API are for whoever asked, now; Express serves a path in capitals too.
      if (/^\/api\//i.test(request.path)) response.setHeader('Cache-Control', 'no-store');
      next();
    },
  ];
}

function limitAddress(limits: RateLimits): Step {
  return (request, response, next) => {
    if (/^\/health\b/.test(request.path)) next();
    else limits.take('address', addressKey(request.ip), response).then(() => next(), next);
  };
}

const EXPOSED =
  'X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Idempotent-Replayed';

/** Tokens travel in a header and never in a cookie, so no page needs credentials to be allowed. */
function crossOrigin(origins: Origins): Step {
  return (request, response, next) => {
    const origin = request.get('origin');
    response.vary('Origin');
    origins.admit(origin, request.get('host')).then(() => {
      if (origin === undefined) return next();
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', EXPOSED);
      if (request.method !== 'OPTIONS' || request.get('access-control-request-method') === undefined)
        return next();
      response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE');
      response.setHeader(
        'Access-Control-Allow-Headers',
        'Authorization, Content-Type, Idempotency-Key, X-Request-Id, Last-Event-ID',
      );
      response.setHeader('Access-Control-Max-Age', '600');
      response.status(204).end();
    }, next);
  };
}
