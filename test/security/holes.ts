import { Controller, Inject, Module, SetMetadata } from '@nestjs/common';
import { z } from 'zod';
import { DomainError } from '../../src/contracts/errors.js';
import { ACCESS } from '../../src/platform/auth/access.js';
import { Input } from '../../src/platform/http/input.js';
import { byId, type ById } from '../../src/platform/http/pagination.js';
import { Route } from '../../src/platform/http/route.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { newId } from '../../src/platform/mongo/ids.js';

const done = z.strictObject({ id: z.string() });
const person = z.strictObject({ id: z.string(), name: z.string() });
const loose = z.looseObject({});
const otherBusiness = z.strictObject({ business_id: z.string().max(64) });

/** Routes with one mistake each: the matrix is worth something as long as it finds every one of them. */
@Controller('api/v1')
export class HolesController {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** Forgets the business. */
  @Route({
    method: 'GET',
    path: 'team/:id/peek',
    access: 'team.read',
    summary: 'Peek',
    params: byId,
    answer: person,
  })
  async peek(@Input('params') { id }: ById) {
    const user = await this.users().findOne({ _id: id as never });
    return { id, name: String(user?.['name']) };
  }

  /** Writes before it looks whose it is. */
  @Route({
    method: 'POST',
    path: 'team/:id/touch',
    access: 'team.manage',
    summary: 'Touch',
    params: byId,
    answer: done,
  })
  async touch(@Input('params') { id }: ById): Promise<{ id: string }> {
    await this.users().updateOne({ _id: id as never }, { $set: { name: 'touched' } });
    throw new DomainError('not_found');
  }

  /** Takes an id of a kind that no factory makes. */
  @Route({
    method: 'GET',
    path: 'holes/:id',
    access: 'team.read',
    summary: 'Find',
    params: byId,
    answer: done,
  })
  find(@Input('params') { id }: ById) {
    return { id };
  }

  @Route({ method: 'POST', path: 'holes/open', access: 'public', summary: 'Open to the world', answer: done })
  open() {
    return { id: newId() };
  }

  @Route({ method: 'POST', path: 'holes/weak', access: 'team.read', summary: 'Write', answer: done })
  weak() {
    return { id: newId() };
  }

  /** Says one thing to the reader and another to the guard. */
  @SetMetadata(ACCESS, 'signed-in')
  @Route({ method: 'PUT', path: 'holes/wrong', access: 'team.manage', summary: 'Lie', answer: done })
  wrong() {
    return { id: newId() };
  }

  @Route({
    method: 'POST',
    path: 'holes/business',
    access: 'team.manage',
    summary: 'Write somewhere',
    body: otherBusiness,
    answer: done,
  })
  elsewhere() {
    return { id: newId() };
  }

  @Route({
    method: 'GET',
    path: 'holes-loose',
    access: 'team.read',
    summary: 'Take anything',
    query: loose,
    answer: done,
  })
  loose() {
    return { id: newId() };
  }

  /** Takes an idempotency key and forgets it. */
  @Route({
    method: 'POST',
    path: 'holes/again',
    access: 'team.manage',
    summary: 'Create',
    answer: done,
    idempotent: true,
  })
  again() {
    return { id: newId() };
  }

  private users() {
    return this.database.requests.collection('users');
  }
}

@Module({ controllers: [HolesController] })
export class HolesModule {}

/** What the matrix has to say of them, and nothing else. */
export const reports: readonly RegExp[] = [
  /^GET \/api\/v1\/team\/\{id\}\/peek: answers 200 in place of 404 to an id of another business in params\.id$/,
  /^GET \/api\/v1\/team\/\{id\}\/peek: shows something of another business to an id in params\.id$/,
  /^POST \/api\/v1\/team\/\{id\}\/touch: changed something of another business by an id in params\.id:\n- users /,
  /^POST \/api\/v1\/team\/\{id\}\/touch: answers 404 to an example of its own schemas/,
  /^GET \/api\/v1\/holes\/\{id\}: takes an id in params\.id, and test\/security\/factory\.ts does not say/,
  /^POST \/api\/v1\/holes\/open: is public and not on the list of public routes/,
  /^POST \/api\/v1\/holes\/weak: writes and asks for team\.read only$/,
  /^PUT \/api\/v1\/holes\/wrong: lets in the role viewer, who must get 403$/,
  /^PUT \/api\/v1\/holes\/wrong: lets in the role agent, who must get 403$/,
  /^PUT \/api\/v1\/holes\/wrong: lets in a key with \d+ scopes, who must get 403$/,
  /^POST \/api\/v1\/holes\/business: takes a business in body\.business_id/,
  /^GET \/api\/v1\/holes-loose: takes an unknown query field$/,
  /^POST \/api\/v1\/holes\/again: makes a second one under the same idempotency key/,
];
