// Who may import whom (DESIGN: "The folders"). Every rule says why in one sentence, which the tool prints when it
// refuses. docs/import-rules.md is made from this file by `npm run generate`; test/rules/refused.md has an example of each.

/** From the bottom up: each line may import those above it. */
const PLATFORM = [
  ['clock', 'logging', 'metrics', 'faults', 'actor'],
  ['tokens', 'loops', 'turns', 'demo-seeds'],
  ['redis'],
  ['mongo'],
  ['journal'],
  ['events'],
  ['timers', 'deliveries', 'files'],
  ['privacy'],
  ['auth'],
  ['http'],
  ['pod-life'],
  ['platform.module'],
];

/** From the bottom up: each line may import those above it, never its equals. */
const MODULES = [
  ['business'],
  ['identity'],
  ['customer'],
  ['chat'],
  ['ticket', 'billing', 'whatsapp'],
  ['automation'],
  ['notification', 'audit', 'webhook', 'dashboard', 'operations'],
];

const SPEC = '\\.spec\\.ts$';
/** @param {string[]} names */
const anyOf = (names) => `(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})`;
/** @param {string[]} names of npm packages, found in node_modules or named by an import that finds nothing */
const npm = (...names) => `(^|/node_modules/|^node_modules/)${anyOf(names)}(/|$)`;

const layers = [
  {
    name: 'no-cycles',
    comment:
      'Two files that need each other are one idea in two places, and injectables in a cycle die when they load.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'contracts-import-zod-only',
    comment: 'Browsers build from the contracts, so nothing of the server may come along.',
    from: { path: '^src/contracts/', pathNot: SPEC },
    to: { pathNot: ['^src/contracts/', npm('zod')] },
  },
  {
    name: 'config-stands-alone',
    comment:
      'The settings are read before anything else exists, so they can depend on nothing of ours but the contracts.',
    from: { path: '^src/config/', pathNot: SPEC },
    to: { path: '^src/', pathNot: ['^src/config/', '^src/contracts/'] },
  },
  {
    name: 'platform-knows-no-feature',
    comment: 'The technical floor serves every feature, so it can know none of them.',
    from: { path: '^src/platform/' },
    to: { path: '^src/', pathNot: ['^src/platform/', '^src/config/', '^src/contracts/'] },
  },
  {
    name: 'realtime-knows-no-feature',
    comment:
      'The hub forwards any event that has an audience; a feature that it knew would need a method per event.',
    from: { path: '^src/realtime/' },
    to: { path: '^src/', pathNot: ['^src/realtime/', '^src/platform/', '^src/config/', '^src/contracts/'] },
  },
  {
    name: 'start-is-the-top',
    comment: 'main.ts and app.module.ts put the parts together, so no part can need them.',
    from: { path: '^src/', pathNot: '^src/main\\.ts$' },
    to: { path: '^src/(main|app\\.module)\\.ts$' },
  },
  {
    name: 'product-without-tests',
    comment: 'What runs in production must not depend on files and tools that only tests have.',
    from: { path: '^(src|packages/[^/]+/src|web/[^/]+/src)/', pathNot: ['\\.spec\\.tsx?$', '/test/'] },
    to: {
      path: [
        '^(test|bench|scripts)/',
        '^packages/[^/]+/(test|bench)/',
        '\\.spec\\.tsx?$',
        npm('jest', '@jest', 'supertest', 'fast-check'),
      ],
    },
  },
];

/** @param {string[][]} order a line with nothing beside or above it needs no rule */
const rulesOf = (order) => order.filter((_, place) => order.slice(place).flat().length > 1);

const platformOrder = rulesOf(PLATFORM).map((line, place) => ({
  name: `platform-order-${line[0]}`,
  comment: `Each line of the platform builds on the lines below it, so ${line.join(', ')} may not need an equal or anything higher.`,
  from: { path: `^src/platform/${anyOf(line)}[/.]`, pathNot: SPEC },
  to: { path: `^src/platform/${anyOf(PLATFORM.slice(place).flat())}[/.]`, pathNot: '^src/platform/$1[/.]' },
}));

const moduleOrder = rulesOf(MODULES).map((line, place) => ({
  name: `module-order-${line[0]}`,
  comment: `A module knows only those that stand before it and hears of the others by events, so ${line.join(', ')} may not import an equal or a later one.`,
  from: { path: `^src/modules/${anyOf(line)}/` },
  to: { path: `^src/modules/${anyOf(MODULES.slice(place).flat())}/`, pathNot: '^src/modules/$1/' },
}));

const places = [
  {
    name: 'platform-has-a-place',
    comment:
      'A part of the platform that the order in .dependency-cruiser.mjs does not name escapes it: give it its place there.',
    from: { path: '^src/platform/', pathNot: `^src/platform/${anyOf(PLATFORM.flat())}[/.]` },
    to: {},
  },
];

const modules = [
  {
    name: 'module-has-a-place',
    comment:
      'A module that the order in .dependency-cruiser.mjs does not name escapes every rule: give it its place there.',
    from: { path: '^src/modules/', pathNot: `^src/modules/${anyOf(MODULES.flat())}/` },
    to: {},
  },
  {
    name: 'module-by-its-door',
    comment: "A module's files change freely behind its index.ts, as long as nobody reaches around it.",
    from: { path: '^src/', pathNot: '^src/modules/' },
    to: { path: '^src/modules/', pathNot: '^src/modules/[^/]+/index\\.ts$' },
  },
  {
    name: 'module-by-its-neighbours-door',
    comment:
      "A module's files change freely behind its index.ts, as long as no other module reaches around it.",
    from: { path: '^src/modules/([^/]+)/' },
    to: { path: '^src/modules/', pathNot: ['^src/modules/$1/', '^src/modules/[^/]+/index\\.ts$'] },
  },
  {
    name: 'audit-imports-no-feature',
    comment:
      "Audit subscribes by the catalogue's flag, so that a new feature is audited without being known to it.",
    from: { path: '^src/modules/audit/' },
    to: { path: '^src/modules/', pathNot: '^src/modules/audit/' },
  },
  {
    name: 'edge-calls-services',
    comment:
      'Controllers and gateways parse, call a service and return; data that they read past it escapes its rules.',
    from: { path: '\\.(controller|gateway)\\.ts$' },
    to: { path: '\\.(repository|schema)\\.ts$' },
  },
];

const tools = [
  {
    name: 'events-own-the-emitter',
    comment:
      "EventEmitter2 hides its listeners' errors and knows no types, so only the typed bus in platform/events touches it.",
    from: { path: '^src/', pathNot: '^src/platform/events/' },
    to: { path: npm('eventemitter2', '@nestjs/event-emitter') },
  },
  {
    name: 'mongoose-in-repositories',
    comment: 'Queries, deadlines and tenancy can be checked only while mongoose is known in few places.',
    from: {
      path: '^src/',
      pathNot: [
        '\\.(repository|schema)\\.ts$',
        '^src/platform/(mongo|journal|events|timers|deliveries|files|privacy)/',
        SPEC,
      ],
    },
    to: { path: npm('mongoose', '@nestjs/mongoose', 'mongodb', 'bson') },
  },
];

const borders = [
  {
    name: 'embedded-mongo-knows-no-app',
    comment:
      'The embedded database is a package of its own that could be published, so it knows nothing of Deskwire.',
    from: { path: '^packages/' },
    to: { path: '^(src|web|test|bench|scripts|examples)/' },
  },
  {
    name: 'packages-by-their-name',
    comment: 'A package is used as a stranger would use it: by its name and what it exports.',
    from: { pathNot: '^packages/' },
    to: { path: '^packages/', pathNot: '^packages/[^/]+/dist/' },
  },
  {
    name: 'web-takes-contracts-only',
    comment: 'Whatever a browser imports of the server is published with it.',
    from: { path: '^web/' },
    to: { path: '^(src|packages)/', pathNot: '^src/contracts/' },
  },
  {
    name: 'web-takes-types-and-names',
    comment:
      'Browsers take types and names.ts from the contracts: schemas would carry zod into every widget.',
    from: { path: '^web/' },
    to: { path: '^src/contracts/', pathNot: '^src/contracts/names\\.ts$', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'web-apps-stay-apart',
    comment:
      'Dashboard and widget are published apart; what they share lives in web/react, which knows neither.',
    from: { path: '^web/([^/]+)/' },
    to: { path: '^web/', pathNot: ['^web/$1/', '^web/react/'] },
  },
];

/** @satisfies {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [...layers, ...platformOrder, ...places, ...modules, ...moduleOrder, ...tools, ...borders].map(
    (rule) => ({
      severity: /** @type {const} */ ('error'),
      ...rule,
    }),
  ),
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist[./]' },
    // Imports of types count too: a layer that knows another's types knows the other.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
