import { Controller, Module } from '@nestjs/common';
import { z } from 'zod';
import { byId, type ById } from '../../src/platform/http/pagination.js';
import { Input } from '../../src/platform/http/input.js';
import { Route } from '../../src/platform/http/route.js';

const note = z.strictObject({
  name: z.string().min(1).max(20),
  amount: z.int().optional(),
  tags: z
    .array(z.strictObject({ label: z.string().max(10) }))
    .max(3)
    .optional(),
});
const anything = z.object({ value: z.unknown() });
const found = z.object({ id: z.string(), word: z.string().nullable() });
const search = z.strictObject({ word: z.string().max(10).optional() });

/** Routes of a test, declared like those of a feature. */
@Controller('api/v1/probe')
export class ProbeController {
  @Route({ method: 'POST', path: 'notes', access: 'public', summary: 'Echo', body: note, answer: note })
  echo(@Input('body') input: z.infer<typeof note>) {
    return input;
  }

  @Route({
    method: 'PUT',
    path: 'anything',
    access: 'public',
    summary: 'Echo',
    body: anything,
    answer: anything,
  })
  anything(@Input('body') input: z.infer<typeof anything>) {
    return input;
  }

  @Route({
    method: 'GET',
    path: 'things/:id',
    access: 'public',
    summary: 'Find',
    params: byId,
    query: search,
    answer: found,
  })
  find(@Input('params') { id }: ById, @Input('query') { word }: z.infer<typeof search>) {
    return { id, word: word ?? null, secret: 'the schema does not show this' };
  }

  @Route({ method: 'DELETE', path: 'things/:id', access: 'public', summary: 'Delete', params: byId })
  remove() {
    return undefined;
  }

  @Route({ method: 'GET', path: 'broken', access: 'public', summary: 'Fail', answer: found })
  broken(): never {
    throw new Error('a secret of the inside');
  }
}

@Module({ controllers: [ProbeController] })
export class ProbeModule {}
