import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import { systemActor, type Actor } from '../../platform/actor.js';
import { hashSecret } from '../../platform/auth/authenticator.js';
import { Standings, type StoredKey } from '../../platform/auth/standings.js';
import type { Clock } from '../../platform/clock.js';
import { draft } from '../../platform/events/draft.js';
import type { Idempotency } from '../../platform/events/tenant.repository.js';
import type { Logger } from '../../platform/logging.js';
import { withoutDeadline } from '../../platform/mongo/deadline.js';
import { newId } from '../../platform/mongo/ids.js';
import { CLOCK, LOGGER } from '../../platform/tokens.js';
import { BusinessService } from '../business/index.js';
import { ApiKeyRepository } from './api-key.repository.js';
import type { ApiKeyDocument } from './api-key.schema.js';
import { findBusiness } from './staff.js';
import type { CreateKeyInput, KeyView } from './team.dto.js';

const NOTED_EVERY_MS = 60_000;
const MOST_NOTED = 10_000;

/** Keys of programs: `dw_<id>_<secret>`. What a key may do is its scopes, whoever made it. */
@Injectable()
export class ApiKeyService implements OnModuleInit {
  /** When a use was last written, by this pod. */
  private readonly noted = new Map<string, number>();

  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly standings: Standings,
    private readonly businesses: BusinessService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.standings.registerKeys((id) => this.read(id));
  }

  /** The key itself is in this answer only; a repeat under its idempotency key has none. */
  async create(
    actor: Actor,
    { name, scopes }: CreateKeyInput,
    once: Idempotency | undefined,
  ): Promise<{ document: ApiKeyDocument; key: string | undefined; repeated: boolean }> {
    const _id = newId();
    const secret = randomBytes(32).toString('base64url');
    const created = draft(actor, 'key.created', {
      data: { id: _id, name, scopes },
      subjects: [{ kind: 'api_key', id: _id }],
    });
    const { document, repeated } = await this.keys.create(
      actor,
      {
        _id,
        name,
        scopes,
        secret_hash: hashSecret(secret),
        created_by: actor.id,
        created_at: this.clock.now(),
        last_used_at: null,
        revoked_at: null,
      },
      once,
      [created],
    );
    return { document, key: repeated ? undefined : `dw_${_id}_${secret}`, repeated };
  }

  list(actor: Actor, after: string | undefined, limit: number): Promise<ApiKeyDocument[]> {
    return this.keys.list(actor, after, limit);
  }

  async revoke(actor: Actor, id: string): Promise<void> {
    await this.keys.update(actor, id, (current) => {
      if (current.revoked_at !== null) throw new DomainError('not_found');
      const { name, rev } = current;
      const revoked = draft(actor, 'key.revoked', {
        data: { id, rev: rev + 1, name },
        subjects: [{ kind: 'api_key', id }],
      });
      return { set: { revoked_at: this.clock.now() }, events: [revoked] };
    });
    this.standings.forgetKey(id);
  }

  view({ _id: id, name, scopes, rev, created_by, created_at, last_used_at }: ApiKeyDocument): KeyView {
    return { id, name, scopes: [...scopes], rev, created_by, created_at, last_used_at };
  }

  private async read(id: string): Promise<StoredKey | undefined> {
    const key = await this.keys.findForSignIn(id);
    if (key === null || key.revoked_at !== null) return undefined;
    const business = await findBusiness(this.businesses, systemActor(key.business));
    if (business === null) return undefined;
    return {
      secretHash: key.secret_hash,
      actor: { business: key.business, id, role: 'integrator', scopes: key.scopes },
      suspended: business.state === 'suspended',
      used: () => this.noteUse(key.business, id),
    };
  }

  /** At most once a minute, and nobody waits for it: a failure costs a time on a list. */
  private noteUse(business: string, id: string): void {
    const now = this.clock.now();
    if (now.getTime() - (this.noted.get(id) ?? 0) < NOTED_EVERY_MS) return;
    if (this.noted.size >= MOST_NOTED) this.noted.clear();
    this.noted.set(id, now.getTime());
    withoutDeadline(() => this.keys.noteUse(business, id, now)).catch((error: unknown) =>
      this.logger.warn({ err: error, business, api_key: id }, 'Use of an API key was not noted'),
    );
  }
}
