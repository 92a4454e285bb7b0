// Made from the routes in src by `npm run generate`: change that, not this.

export type Business = {
  id: string;
  rev: number;
  name: string;
  state: 'active' | 'suspended' | 'deleting';
  settings: { time_zone: string; locale: string; currency: string; allowed_origins: string[] };
  created_at: string;
  deletion_at: string | null;
};
export type BusinessHistoryEntry = {
  rev: number;
  at: string;
  actor: { id: string; role: string; ip: string | null };
  changes: Record<string, { old: string | string[]; new: string | string[] }>;
};
export type BusinessHours = {
  always_open: boolean;
  weekly: {
    monday: OpeningSpan[];
    tuesday: OpeningSpan[];
    wednesday: OpeningSpan[];
    thursday: OpeningSpan[];
    friday: OpeningSpan[];
    saturday: OpeningSpan[];
    sunday: OpeningSpan[];
  };
  holidays: { date: string; name: string; spans: OpeningSpan[] }[];
  time_zone: string;
  open_now: boolean;
  next_change_at: string | null;
  rev: number;
};
export type BusinessHoursInput = {
  always_open: boolean;
  weekly: {
    monday: OpeningSpan[];
    tuesday: OpeningSpan[];
    wednesday: OpeningSpan[];
    thursday: OpeningSpan[];
    friday: OpeningSpan[];
    saturday: OpeningSpan[];
    sunday: OpeningSpan[];
  };
  holidays: { date: string; name?: string; spans?: OpeningSpan[] }[];
};
export type ChangeBusinessInput = {
  name?: string;
  settings?: { time_zone?: string; locale?: string; currency?: string; allowed_origins?: string[] };
};
export type ChangeWidgetInput = { require_identity: boolean };
export type Error = {
  error: {
    code:
      | 'invalid_input'
      | 'unauthenticated'
      | 'token_expired'
      | 'forbidden'
      | 'origin_not_allowed'
      | 'business_suspended'
      | 'not_found'
      | 'method_not_allowed'
      | 'conflict'
      | 'impossible_transition'
      | 'gone'
      | 'too_large'
      | 'unsupported_media_type'
      | 'idempotency_mismatch'
      | 'rate_limited'
      | 'busy'
      | 'unavailable'
      | 'internal';
    message: string;
    details?: Record<string, unknown>;
    request_id: string;
  };
};
export type Liveness = { status: 'ok' };
export type OpeningSpan = { from: string; to: string | '24:00' };
export type Readiness = {
  status: 'ok' | 'degraded' | 'unavailable';
  details?: {
    database: 'ok' | 'away';
    redis: 'ok' | 'away' | 'none';
    leaving: boolean;
    pod: string;
    uptime_seconds: number;
  };
};
export type RotatedWidget = {
  what: 'key' | 'hmac_secret' | 'jwt_secret';
  value: string;
  widget: WidgetSettings;
};
export type WidgetRotation = { what: 'key' | 'hmac_secret' | 'jwt_secret' };
export type WidgetSettings = {
  key: string;
  require_identity: boolean;
  hmac_secret: { hint: string; created_at: string } | null;
  jwt_secret: { hint: string; created_at: string } | null;
};

export interface Routes {
  /** Show the business */
  'GET /api/v1/business': { answer: Business };
  /** Rename the business or change its settings */
  'PATCH /api/v1/business': { body: ChangeBusinessInput; answer: Business };
  /** Show the opening hours, and whether it is open now */
  'GET /api/v1/business-hours': { answer: BusinessHours };
  /** Replace the opening hours */
  'PUT /api/v1/business-hours': { body: BusinessHoursInput; answer: BusinessHours };
  /** Request the deletion of the business */
  'POST /api/v1/business/deletion': { answer: Business };
  /** Keep the business: take back the request to delete it */
  'DELETE /api/v1/business/deletion': { answer: Business };
  /** List what was changed about the business, newest first */
  'GET /api/v1/business/history': {
    query?: { cursor?: string; limit?: number };
    answer: { items: BusinessHistoryEntry[]; next_cursor: string | null };
  };
  /** Resume a suspended business */
  'POST /api/v1/business/resume': { answer: Business };
  /** Suspend the business */
  'POST /api/v1/business/suspend': { answer: Business };
  /** Show how host pages embed the widget */
  'GET /api/v1/business/widget': { answer: WidgetSettings };
  /** Say whether visitors have to be proven by the host page */
  'PATCH /api/v1/business/widget': { body: ChangeWidgetInput; answer: WidgetSettings };
  /** Make a new public key or a new secret for the widget */
  'POST /api/v1/business/widget/rotations': { body: WidgetRotation; answer: RotatedWidget };
  /** Tell whether the process is alive */
  'GET /health/live': { answer: Liveness };
  /** Tell whether the pod takes requests */
  'GET /health/ready': { answer: Readiness };
  /** Read the metrics of this pod */
  'GET /metrics': { answer: string };
}
