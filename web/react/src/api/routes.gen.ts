// Made from the routes in src by `npm run generate`: change that, not this.

export type AcceptInvite = { token: string; name: string; password: string };
export type ApiKey = {
  id: string;
  name: string;
  scopes: (
    | 'business:read'
    | 'business:update'
    | 'team:read'
    | 'customers:read'
    | 'customers:manage'
    | 'chats:read'
    | 'chats:write'
    | 'tickets:read'
    | 'tickets:manage'
    | 'billing:read'
    | 'billing:manage'
    | 'analytics:read'
    | 'automation:manage'
    | 'webhooks:manage'
    | 'events:write'
    | 'audit:read'
    | 'realtime:read'
  )[];
  rev: number;
  created_by: string;
  created_at: string;
  last_used_at: string | null;
};
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
export type BusinessSummary = {
  id: string;
  name: string;
  state: string;
  time_zone: string;
  locale: string;
  currency: string;
};
export type ChangeBusinessInput = {
  name?: string;
  settings?: { time_zone?: string; locale?: string; currency?: string; allowed_origins?: string[] };
};
export type ChangeCustomerInput = {
  name?: string | null;
  email?: string | null;
  phone_number?: string | null;
  external_id?: string | null;
  attributes?: Record<string, (string | number | boolean) | null>;
  labels?: string[];
};
export type ChangeMe = { name: string };
export type ChangePassword = { current_password: string; new_password: string };
export type ChangeRole = { role: 'viewer' | 'agent' | 'admin' | 'owner' };
export type ChangeSelfInput = { name?: string | null; email?: string | null };
export type ChangeWidgetInput = { require_identity: boolean };
export type ConfirmPasswordReset = { token: string; password: string };
export type CreateApiKey = {
  name: string;
  scopes: (
    | 'business:read'
    | 'business:update'
    | 'team:read'
    | 'customers:read'
    | 'customers:manage'
    | 'chats:read'
    | 'chats:write'
    | 'tickets:read'
    | 'tickets:manage'
    | 'billing:read'
    | 'billing:manage'
    | 'analytics:read'
    | 'automation:manage'
    | 'webhooks:manage'
    | 'events:write'
    | 'audit:read'
    | 'realtime:read'
  )[];
};
export type CreateCustomerInput = {
  name?: string;
  email?: string;
  phone_number?: string;
  external_id?: string;
  attributes?: Record<string, string | number | boolean>;
  labels?: string[];
};
export type CreateInvite = { email: string; role: 'viewer' | 'agent' | 'admin' | 'owner' };
export type CreatedApiKey = {
  id: string;
  name: string;
  scopes: (
    | 'business:read'
    | 'business:update'
    | 'team:read'
    | 'customers:read'
    | 'customers:manage'
    | 'chats:read'
    | 'chats:write'
    | 'tickets:read'
    | 'tickets:manage'
    | 'billing:read'
    | 'billing:manage'
    | 'analytics:read'
    | 'automation:manage'
    | 'webhooks:manage'
    | 'events:write'
    | 'audit:read'
    | 'realtime:read'
  )[];
  rev: number;
  created_by: string;
  created_at: string;
  last_used_at: string | null;
  key?: string;
};
export type CreatedInvite = {
  id: string;
  email: string;
  role: 'viewer' | 'agent' | 'admin' | 'owner';
  state: 'open' | 'accepted' | 'revoked' | 'expired';
  rev: number;
  created_at: string;
  expires_at: string;
  link?: string;
};
export type Customer = {
  id: string;
  rev: number;
  kind: 'customer' | 'visitor';
  name: string | null;
  email: string | null;
  phone_number: string | null;
  external_id: string | null;
  claimed_id: string | null;
  attributes: Record<string, string | number | boolean>;
  labels: string[];
  unverified: string[];
  created_at: string;
  last_seen_at: string | null;
};
export type CustomerErasure = { id: string; requested_at: string; finished_at: string | null };
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
export type Grant = {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  refresh_token: string;
  user: User;
  business: BusinessSummary;
};
export type Invite = {
  id: string;
  email: string;
  role: 'viewer' | 'agent' | 'admin' | 'owner';
  state: 'open' | 'accepted' | 'revoked' | 'expired';
  rev: number;
  created_at: string;
  expires_at: string;
};
export type Liveness = { status: 'ok' };
export type Login = { email: string; password: string };
export type Me = {
  user: User | null;
  key: { id: string; scopes: string[] } | null;
  role: 'viewer' | 'agent' | 'admin' | 'owner' | 'integrator' | 'customer' | 'visitor' | 'system';
  permissions: (
    | 'business.read'
    | 'business.update'
    | 'business.delete'
    | 'team.read'
    | 'team.manage'
    | 'keys.manage'
    | 'customers.read'
    | 'customers.manage'
    | 'customers.erase'
    | 'chats.read'
    | 'chats.write'
    | 'tickets.read'
    | 'tickets.manage'
    | 'billing.read'
    | 'billing.manage'
    | 'analytics.read'
    | 'automation.manage'
    | 'webhooks.manage'
    | 'events.write'
    | 'audit.read'
    | 'realtime.read'
    | 'operations.read'
    | 'operations.manage'
  )[];
  business: BusinessSummary;
};
export type MergeCustomerInput = { into: string };
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
export type Refresh = { refresh_token?: string };
export type Register = { business_name: string; email: string; password: string; name?: string };
export type RequestPasswordReset = { email: string };
export type RotatedWidget = {
  what: 'key' | 'hmac_secret' | 'jwt_secret';
  value: string;
  widget: WidgetSettings;
};
export type User = {
  id: string;
  email: string | null;
  name: string;
  role: 'viewer' | 'agent' | 'admin' | 'owner';
  state: 'active' | 'disabled' | 'removed';
  rev: number;
  created_at: string;
};
export type WidgetCustomer = {
  id: string;
  rev: number;
  kind: 'customer' | 'visitor';
  name: string | null;
  email: string | null;
  unverified: string[];
};
export type WidgetIdentity =
  { jwt: string } | { user_id: string; name?: string; email?: string; hmac?: string };
export type WidgetRotation = { what: 'key' | 'hmac_secret' | 'jwt_secret' };
export type WidgetSession = {
  token: string;
  expires_at: string;
  visitor_token: string | null;
  customer: WidgetCustomer;
};
export type WidgetSessionInput = {
  widget_key: string;
  visitor_token?: string;
  identity?: WidgetIdentity;
  attributes?: Record<string, string | number | boolean>;
};
export type WidgetSettings = {
  key: string;
  require_identity: boolean;
  hmac_secret: { hint: string; created_at: string } | null;
  jwt_secret: { hint: string; created_at: string } | null;
};

export interface Routes {
  /** Create an API key */
  'POST /api/v1/api-keys': { body: CreateApiKey; answer: CreatedApiKey };
  /** List the API keys */
  'GET /api/v1/api-keys': {
    query?: { cursor?: string; limit?: number };
    answer: { items: ApiKey[]; next_cursor: string | null };
  };
  /** Revoke an API key */
  'DELETE /api/v1/api-keys/{id}': { params: { id: string }; answer: undefined };
  /** Join a team with the token of an invitation */
  'POST /api/v1/auth/invites/accept': { body: AcceptInvite; answer: Grant };
  /** Sign in */
  'POST /api/v1/auth/login': { body: Login; answer: Grant };
  /** Sign out */
  'POST /api/v1/auth/logout': { body: Refresh; answer: undefined };
  /** Show who you are and what you may do */
  'GET /api/v1/auth/me': { answer: Me };
  /** Change your name */
  'PATCH /api/v1/auth/me': { body: ChangeMe; answer: User };
  /** Change your password */
  'POST /api/v1/auth/password': { body: ChangePassword; answer: Grant };
  /** Ask for a link to choose a new password */
  'POST /api/v1/auth/password/reset': { body: RequestPasswordReset; answer: undefined };
  /** Choose a new password with the token of the link */
  'POST /api/v1/auth/password/reset/confirm': { body: ConfirmPasswordReset; answer: undefined };
  /** Exchange a refresh token for a fresh pair */
  'POST /api/v1/auth/refresh': { body: Refresh; answer: Grant };
  /** Create a business and its owner */
  'POST /api/v1/auth/register': { body: Register; answer: Grant };
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
  /** List or search customers and visitors, newest first */
  'GET /api/v1/customers': {
    query?: { cursor?: string; limit?: number; kind?: 'customer' | 'visitor'; q?: string };
    answer: { items: Customer[]; next_cursor: string | null };
  };
  /** Create a customer */
  'POST /api/v1/customers': { body: CreateCustomerInput; answer: Customer };
  /** Show a customer */
  'GET /api/v1/customers/{id}': { params: { id: string }; answer: Customer };
  /** Change a customer */
  'PATCH /api/v1/customers/{id}': { params: { id: string }; body: ChangeCustomerInput; answer: Customer };
  /** Erase a customer */
  'POST /api/v1/customers/{id}/erasure': { params: { id: string }; answer: CustomerErasure };
  /** Export everything that is stored of a customer */
  'GET /api/v1/customers/{id}/export': { params: { id: string }; answer: string };
  /** Merge a visitor into a known customer */
  'POST /api/v1/customers/{id}/merge': { params: { id: string }; body: MergeCustomerInput; answer: Customer };
  /** List what listeners failed with */
  'GET /api/v1/operations/dead-letters': {
    query?: { cursor?: string; limit?: number };
    answer: {
      items: {
        id: string;
        listener: string;
        event: { id: string; name: string; at: string };
        error: string;
        attempts: number;
        created_at: string;
        due_at: string | null;
      }[];
      next_cursor: string | null;
    };
  };
  /** Try one of them again now */
  'POST /api/v1/operations/dead-letters/replay': { body: { id: string }; answer: { went_through: boolean } };
  /** List the team */
  'GET /api/v1/team': {
    query?: { cursor?: string; limit?: number };
    answer: { items: User[]; next_cursor: string | null };
  };
  /** Show one of the team */
  'GET /api/v1/team/{id}': { params: { id: string }; answer: User };
  /** Change the role of somebody */
  'PATCH /api/v1/team/{id}': { params: { id: string }; body: ChangeRole; answer: User };
  /** Remove somebody from the team, or leave it */
  'DELETE /api/v1/team/{id}': { params: { id: string }; answer: undefined };
  /** Switch off an account */
  'POST /api/v1/team/{id}/disable': { params: { id: string }; answer: User };
  /** Switch an account on again */
  'POST /api/v1/team/{id}/enable': { params: { id: string }; answer: User };
  /** List the invitations that nobody has answered */
  'GET /api/v1/team/invites': {
    query?: { cursor?: string; limit?: number };
    answer: { items: Invite[]; next_cursor: string | null };
  };
  /** Invite somebody to the team */
  'POST /api/v1/team/invites': { body: CreateInvite; answer: CreatedInvite };
  /** Take back an invitation */
  'DELETE /api/v1/team/invites/{id}': { params: { id: string }; answer: undefined };
  /** Show who the customer is */
  'GET /api/v1/widget/me': { answer: WidgetCustomer };
  /** Say what one is called */
  'PATCH /api/v1/widget/me': { body: ChangeSelfInput; answer: WidgetCustomer };
  /** Let a visitor or a proven customer in */
  'POST /api/v1/widget/sessions': { body: WidgetSessionInput; answer: WidgetSession };
  /** Tell whether the process is alive */
  'GET /health/live': { answer: Liveness };
  /** Tell whether the pod takes requests */
  'GET /health/ready': { answer: Readiness };
  /** Read the metrics of this pod */
  'GET /metrics': { answer: string };
}
