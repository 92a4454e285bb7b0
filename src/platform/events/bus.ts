import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { DomainEvent, EventName } from '../../contracts/events.js';
import type { Returned } from './draft.js';

/**
 * A projection writes a view that clients read, before the event is numbered; a reaction is everything else.
 * A listener writes in three shapes only (see listener-writes.ts), since it may run again after a crash.
 */
export type Stage = 'projection' | 'reaction';
export type Answer = readonly Returned[] | void;

export interface Listener {
  /** A sentence: `recordHistoryWhenBusinessChanges`. Dead letters and metrics carry it, so it is never renamed lightly. */
  readonly name: string;
  readonly stage: Stage;
  /** What `data.changed` names when a projection succeeds late. */
  readonly resource: string;
  handle(event: DomainEvent): Promise<Answer>;
}

interface Declaration {
  readonly events: readonly EventName[];
  readonly stage: Stage;
  readonly resource: string;
}
type Carrier = (() => undefined) & { readonly listener: Listener };
const DECLARATION = Symbol('listener');

/** Subscribes a method to events of the catalogue; its parameter must take exactly those. */
export function On<N extends EventName>(
  events: N | readonly N[],
  options: { stage: Stage; resource?: string },
) {
  return <H extends (event: DomainEvent<N>) => Promise<Answer>>(
    _target: object,
    _method: string,
    descriptor: TypedPropertyDescriptor<H>,
  ): void => {
    const declaration: Declaration = {
      events: typeof events === 'string' ? [events] : events,
      stage: options.stage,
      resource: options.resource ?? 'settings',
    };
    if (descriptor.value !== undefined) Reflect.defineMetadata(DECLARATION, declaration, descriptor.value);
  };
}

/**
 * The typed bus: EventEmitter2 keeps who listens to what, the relay asks for the listeners and calls each by itself,
 * because the emitter's own emit would hide which of them failed.
 */
@Injectable()
export class Bus implements OnModuleInit {
  private readonly emitter = new EventEmitter2({ maxListeners: 0 });
  private readonly names = new Map<string, Listener>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    for (const { instance } of this.discovery.getProviders()) {
      const listener: unknown = instance;
      if (typeof listener === 'object' && listener !== null) this.subscribeMethods(listener);
    }
  }

  private subscribeMethods(instance: object): void {
    const prototype: unknown = Object.getPrototypeOf(instance);
    if (typeof prototype !== 'object' || prototype === null) return;
    for (const name of this.scanner.getAllMethodNames(prototype)) {
      const method: unknown = Reflect.get(instance, name);
      if (typeof method !== 'function') continue;
      const declaration = Reflect.getMetadata(DECLARATION, method) as Declaration | undefined;
      if (declaration === undefined) continue;
      const handle = (event: DomainEvent): Promise<Answer> =>
        Reflect.apply(method, instance, [event]) as Promise<Answer>;
      this.subscribe(declaration.events, {
        name,
        stage: declaration.stage,
        resource: declaration.resource,
        handle,
      });
    }
  }

  /** Two listeners of one name would share their dead letters and their returned ids: that stops the start. */
  subscribe(events: readonly EventName[], listener: Listener): void {
    if (this.names.has(listener.name)) throw new Error(`Two listeners are called ${listener.name}.`);
    this.names.set(listener.name, listener);
    // The emitter keeps functions: one that carries its listener, never to be called by an emit.
    const carrier: Carrier = Object.assign(() => undefined, { listener });
    for (const event of events) this.emitter.on(`${listener.stage}:${event}`, carrier);
  }

  listenersOf(event: EventName, stage: Stage): Listener[] {
    return this.emitter.listeners(`${stage}:${event}`).map((carrier) => (carrier as Carrier).listener);
  }

  listener(name: string): Listener | undefined {
    return this.names.get(name);
  }

  listenerNames(): string[] {
    return [...this.names.keys()];
  }
}
