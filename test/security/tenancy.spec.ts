import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Desk } from '../support/desk.js';
import { readApi } from '../support/openapi.js';
import { startService, type RunningService } from '../support/service.js';
import { Stored } from './dump.js';
import { METRICS_TOKEN } from './factory.js';
import { HolesModule, reports } from './holes.js';
import { examine } from './matrix.js';

let service: RunningService;
let stored: Stored;
let problems: string[];

const isHole = (problem: string): boolean => /holes|\/(peek|touch):/.test(problem.split('\n')[0] ?? '');

beforeAll(async () => {
  service = await startService({ environment: { METRICS_TOKEN }, modules: [HolesModule] });
  stored = await Stored.open(service);
  const [routes, here, there] = await Promise.all([
    readApi(service.url),
    Desk.found(service),
    Desk.found(service),
  ]);
  problems = [];
  for (const route of routes) problems.push(...(await examine(route, { here, there, stored })));
}, 60_000);
afterAll(async () => {
  await stored.close();
  await service.close();
});

describe('the matrix of every route', () => {
  it('lets in whom the route says and nobody else, and an id of another business is not there', () => {
    expect(problems.filter((problem) => !isHole(problem))).toEqual([]);
  });

  it('reports a route with a hole', () => {
    const found = problems.filter(isHole);
    for (const report of reports) expect(found).toContainEqual(expect.stringMatching(report));
  });
});
