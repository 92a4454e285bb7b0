import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import type { Actor } from '../../platform/actor.js';
import { Tokens, type IssuedToken } from '../../platform/auth/tokens.js';
import type { Clock } from '../../platform/clock.js';
import { CLOCK } from '../../platform/tokens.js';
import { WidgetSettingsService, type WidgetAccess } from '../business/index.js';
import { changeTo, hear, noProfile, unused, type Said } from './customer.fields.js';
import { CustomerRepository } from './customer.repository.js';
import type { CustomerDocument } from './customer.schema.js';
import { CustomerService, refuseTombstone } from './customer.service.js';
import { STANDING_VERSION } from './customer.standing.js';
import { readIdentity, type Identity } from './identity-proof.js';
import { MergeService } from './merge.service.js';
import { searchWords } from './search-words.js';
import type { ChangeSelfInput, SessionInput } from './widget.dto.js';

/** `last_seen_at` moves in steps, so that a page that is opened often is not a write each time. */
const SEEN_STEP_MS = 60_000;

export interface WidgetSession extends IssuedToken {
  readonly visitorToken: string | null;
  readonly customer: CustomerDocument;
}

/** Lets the people of host pages in: anonymous visitors by a token of their browser, proven customers by their host. */
@Injectable()
export class WidgetService {
  constructor(
    private readonly settings: WidgetSettingsService,
    private readonly repository: CustomerRepository,
    private readonly customers: CustomerService,
    private readonly merges: MergeService,
    private readonly tokens: Tokens,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The business behind a widget key, or the reason why nobody is let in. */
  async enter(widgetKey: string): Promise<WidgetAccess> {
    const access = await this.settings.byKey(widgetKey);
    if (access === undefined) throw new DomainError('unauthenticated', 'This widget key is not known.');
    if (access.state === 'suspended')
      throw new DomainError('business_suspended', 'This business is suspended.');
    return access;
  }

  /**
   * A proven identity is its known customer, and takes the browser's visitor along. Everybody else is a visitor, known
   * by the token that only this browser has: what they type, also a known customer's e-mail, leads to nobody else.
   */
  async open(access: WidgetAccess, input: SessionInput, ip: string | null): Promise<WidgetSession> {
    const identity =
      input.identity === undefined ? undefined : readIdentity(input.identity, access, this.clock.now());
    if (access.require_identity && identity?.proven !== true)
      throw new DomainError('unauthenticated', 'This business asks for a proof of identity.');
    const visitor = await this.visitorOf(access.business, input.visitor_token);
    const session =
      identity?.proven === true
        ? await this.asCustomer(access.business, identity, visitor, input.attributes, ip)
        : await this.asVisitor(access.business, visitor, identity, input, ip);
    return { ...session, ...this.issue(session.customer) };
  }

  async self(actor: Actor): Promise<CustomerDocument> {
    return this.customers.get(actor, actor.id);
  }

  /** What people say of themselves is taken and marked. */
  change(actor: Actor, input: ChangeSelfInput): Promise<CustomerDocument> {
    return this.repository.update(actor, actor.id, (current) => {
      refuseTombstone(current);
      return changeTo(actor, current, hear(current, input, 'stated'));
    });
  }

  private async asCustomer(
    business: string,
    { external_id, verified, claimed }: Identity,
    visitor: CustomerDocument | null,
    attributes: SessionInput['attributes'],
    ip: string | null,
  ): Promise<Omit<WidgetSession, keyof IssuedToken>> {
    const unknown: Actor = { business, id: 'widget', role: 'customer', ip };
    const known = await this.customers.known(unknown, 'external_id', external_id, verified);
    const actor: Actor = { ...unknown, id: known._id };
    if (visitor !== null) await this.merges.merge(actor, visitor._id, known._id);
    const customer = await this.seen(actor, known._id, verified, { ...claimed, attributes });
    return { visitorToken: null, customer };
  }

  private async asVisitor(
    business: string,
    visitor: CustomerDocument | null,
    identity: Identity | undefined,
    { attributes, visitor_token }: SessionInput,
    ip: string | null,
  ): Promise<Omit<WidgetSession, keyof IssuedToken>> {
    const said: Said = { ...identity?.claimed, claimed_id: identity?.external_id, attributes };
    if (visitor !== null && visitor_token !== undefined) {
      const actor: Actor = { business, id: visitor._id, role: 'visitor', ip };
      return { visitorToken: visitor_token, customer: await this.seen(actor, visitor._id, {}, said) };
    }
    const token = `vt_${randomBytes(32).toString('base64url')}`;
    const _id = randomBytes(16).toString('hex');
    const now = this.clock.now();
    const profile = hear(noProfile, said, 'claimed');
    const { document } = await this.repository.create(
      { business, id: _id, role: 'visitor', ip },
      {
        ...unused(now),
        ...profile,
        _id,
        kind: 'visitor',
        words: searchWords(profile),
        last_seen_at: now,
        visitor_token: hashOf(token),
      },
      undefined,
      [],
    );
    return { visitorToken: token, customer: document };
  }

  private seen(actor: Actor, id: string, verified: Said, claimed: Said): Promise<CustomerDocument> {
    return this.repository.update(actor, id, (current) => {
      refuseTombstone(current);
      const now = this.clock.now();
      const recent =
        current.last_seen_at !== null && now.getTime() - current.last_seen_at.getTime() < SEEN_STEP_MS;
      const next = hear(hear(current, verified, 'verified'), claimed, 'claimed');
      return changeTo(actor, current, next, recent ? {} : { last_seen_at: now });
    });
  }

  /** Only a living visitor: what became of a merged one is for those who prove who they are. */
  private async visitorOf(business: string, token: string | undefined): Promise<CustomerDocument | null> {
    if (token === undefined) return null;
    const actor: Actor = { business, id: 'widget', role: 'visitor', ip: null };
    const found = await this.repository.findBy(actor, 'visitor_token', hashOf(token));
    return found?.kind === 'visitor' ? found : null;
  }

  private issue({ _id: id, business, kind }: CustomerDocument): IssuedToken {
    const role = kind === 'visitor' ? 'visitor' : 'customer';
    const session = randomBytes(12).toString('base64url');
    return this.tokens.issue('customer', { id, business, role, session, version: STANDING_VERSION });
  }
}

/** The token has 256 random bits, so a plain hash keeps it: nobody can try them. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
