// The rules of the house that no ready-made lint rule knows (DESIGN: "Rules of the house"). Each is a pattern in the
// syntax tree, the files it holds for, and a sentence that says what to do instead; eslint.config.js makes rules of
// them, named house/<name>. Every one has a refused example in test/rules/refused.md.

const TYPESCRIPT_OF_OURS = ['src/**/*.ts', 'packages/*/src/**/*.ts', 'web/*/src/**/*.{ts,tsx}'];
const TESTS = ['**/*.spec.ts', 'test/**/*.ts', 'packages/*/test/**/*.ts', 'web/*/test/**/*.{ts,tsx}'];

/** A text that begins as a room's name does. Principals (`user:…`, `staff:…`) are none: services write those in audiences. */
const ROOM_NAME = '/^(business|room|conversation|principal):/';
const ROOM_METHODS = '/^(to|in|except|socketsJoin|socketsLeave|disconnectSockets)$/';
const ROOMS = `CallExpression[callee.property.name=${ROOM_METHODS}]`;

const FILTER_METHODS =
  '/^(find|findOne|findOneAnd[A-Z]\\w+|exists|countDocuments|distinct|updateOne|updateMany|replaceOne|deleteOne|deleteMany|aggregate|where)$/';
// A function as first argument is that of an array's find, not of a model's.
const FILTERS = `CallExpression[callee.property.name=${FILTER_METHODS}] > :not(:function).arguments:first-child`;
const REQUEST = '/^(req|request|body|query|params|headers)$/';

/**
 * @typedef {object} HouseRule
 * @property {string[]} files
 * @property {string[]} [except]
 * @property {string} message
 * @property {string[]} patterns esquery selectors
 */

/** @type {Record<string, HouseRule>} */
export const houseRules = {
  'environment-in-config': {
    files: TYPESCRIPT_OF_OURS,
    except: ['src/config/**', ...TESTS],
    message: 'Only src/config reads the environment, where every setting has its schema: take it from there.',
    patterns: [
      'MemberExpression[object.name="process"][property.name="env"]',
      'MemberExpression[object.name="process"][property.value="env"]',
      'VariableDeclarator[init.name="process"] Property[key.name="env"]',
      'ImportDeclaration[source.value=/^(node:)?process$/] ImportSpecifier[imported.name="env"]',
    ],
  },
  'no-inc-in-listener': {
    files: ['**/*.listener.ts'],
    message:
      'An event may run twice, and $inc would count twice: recount, or $set guarded by a rising number.',
    patterns: ['Property[key.name="$inc"]', 'Literal[value="$inc"]'],
  },
  'rooms-by-name': {
    files: ['src/**/*.ts'],
    except: ['src/realtime/rooms.ts', ...TESTS],
    message: 'Room names are made in realtime/rooms.ts only: call it.',
    patterns: [
      `TemplateLiteral[expressions.length>0] > TemplateElement:first-child[value.raw=${ROOM_NAME}]`,
      `BinaryExpression[operator="+"] > Literal.left[value=${ROOM_NAME}]`,
      `${ROOMS} > Literal.arguments`,
      `${ROOMS} > TemplateLiteral.arguments`,
      `${ROOMS} > BinaryExpression.arguments`,
      `CallExpression[callee.property.name=/^(join|leave)$/] > Literal.arguments[value=${ROOM_NAME}]`,
    ],
  },
  'no-request-in-filter': {
    files: ['src/**/*.ts'],
    except: TESTS,
    message:
      'A filter never holds what a client sent: parse it by its schema, then name each value that you need.',
    patterns: [
      `${FILTERS} Identifier[name=${REQUEST}]`,
      `${FILTERS}[type="Identifier"][name=${REQUEST}]`,
      `CallExpression[callee.object.property.name=/[rR]epository$/] > Identifier.arguments[name=${REQUEST}]`,
      `CallExpression[callee.object.property.name=/[rR]epository$/] > MemberExpression.arguments[object.name=/^(req|request)$/]`,
    ],
  },
  'request-stays-at-the-edge': {
    files: ['src/**/*.{service,repository,listener,schema}.ts'],
    message:
      'Controllers, gateways and webhooks know requests; services and repositories take parsed values and an actor.',
    patterns: [
      'ImportDeclaration[source.value=/^(express|@types\\/express|(node:)?https?)$/]',
      'Decorator > CallExpression[callee.name=/^(Req|Request|Body|Query|Param|Headers|MessageBody)$/]',
    ],
  },
  'one-clock': {
    files: ['src/**/*.ts'],
    except: ['src/platform/clock.ts', 'src/platform/clock/**', ...TESTS],
    message: 'Time is an input: take it from platform/clock, so that a test can set it.',
    patterns: [
      'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
      'NewExpression[callee.name="Date"][arguments.length=0]',
      'CallExpression[callee.name="Date"]',
    ],
  },
  'small-constructors': {
    files: TYPESCRIPT_OF_OURS,
    message: 'A constructor has at most six parameters: split the class by concept.',
    patterns: ['MethodDefinition[kind="constructor"] > FunctionExpression[params.length>6]'],
  },
  'no-skipped-tests': {
    files: TESTS,
    message: 'A test that does not run shows nothing: mend it or remove it.',
    patterns: [
      // The fourth way of jest's prints its tests as skipped, which CI refuses by itself.
      'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|only|failing)$/]',
      'CallExpression[callee.name=/^(x|f)(it|test|describe)$/]',
    ],
  },
};
