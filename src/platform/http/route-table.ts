import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ROUTE, type RouteDefinition } from './route.js';

export interface ServedRoute {
  readonly definition: RouteDefinition;
  /** From the root, with `:name` parameters. */
  readonly path: string;
  /** For Swagger: the controller and its handler. */
  readonly controller: string;
  readonly handler: string;
}

/** Every route of the process, as its controllers declare them. One that is not declared by `@Route` stops the start. */
@Injectable()
export class RouteTable {
  private served: readonly ServedRoute[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  all(): readonly ServedRoute[] {
    this.served ??= this.discovery.getControllers().flatMap(({ instance, metatype }) => {
      if (typeof instance !== 'object' || instance === null || metatype === null) return [];
      const prototype: object = Object.getPrototypeOf(instance) as object;
      return this.scanner
        .getAllMethodNames(prototype)
        .flatMap((handler) => routesOf(metatype, prototype, handler));
    });
    return this.served;
  }

  /** The methods with which a path is served. */
  methodsOf(path: string): string[] {
    const segments = split(path);
    return this.all()
      .filter((route) => matches(split(route.path), segments))
      .map(({ definition }) => definition.method);
  }
}

function routesOf(controller: { name: string }, prototype: object, handler: string): ServedRoute[] {
  const method: unknown = Reflect.get(prototype, handler);
  if (typeof method !== 'function' || Reflect.getMetadata('method', method) === undefined) return [];
  const definition = Reflect.getMetadata(ROUTE, method) as RouteDefinition | undefined;
  const name = `${controller.name}.${handler}`;
  if (definition === undefined)
    throw new Error(`${name} is a route without a declared access: declare it with @Route.`);
  const prefixes = [Reflect.getMetadata('path', controller) as string | string[]].flat();
  return prefixes.map((prefix) => ({
    definition,
    path: `/${[...split(prefix), ...split(definition.path)].join('/')}`,
    controller: controller.name,
    handler,
  }));
}

function split(path: string): string[] {
  return path.split('/').filter(Boolean);
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length && pattern.every((part, at) => part.startsWith(':') || part === path[at])
  );
}
