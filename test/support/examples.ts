import type { JsonSchema } from './openapi.js';

/** Texts among which one fits most patterns that inputs have. */
const texts = [
  'Example',
  'example',
  'a',
  'EUR',
  'en',
  'UTC',
  '2030-01-01',
  '2030-01-01T00:00:00.000Z',
  '09:00',
  'https://shop.example',
  'someone@example.test',
  '4915112345678',
  '+4915112345678',
  'aaaaaaaaaaaaaaaaaaaaaaaa',
  '0123456789abcdef01234567',
  'A'.repeat(43),
  `wk_${'A'.repeat(22)}`,
  `vt_${'A'.repeat(43)}`,
  'a'.repeat(64),
  'A'.repeat(86),
  'a1b2c3d4-0000-4000-8000-000000000000',
  '1',
];
const formats: Readonly<Record<string, string>> = {
  email: 'someone@example.test',
  date: '2030-01-01',
  'date-time': '2030-01-01T00:00:00.000Z',
  uri: 'https://shop.example/',
  uuid: 'a1b2c3d4-0000-4000-8000-000000000000',
};

/** A value that the schema takes, as far as it can be told: what the schema's author gives as an example comes first. */
export function exampleOf(schema: JsonSchema, { whole = false } = {}): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const first = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.[0];
  if (first !== undefined) return exampleOf(first, { whole });
  switch ([schema.type].flat()[0]) {
    case 'object':
      return exampleObject(schema, whole);
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => exampleOf(schema.items ?? {}, { whole }));
    case 'string':
      return exampleText(schema);
    case 'integer':
    case 'number':
      return exampleNumber(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'Example';
  }
}

function exampleObject({ properties = {}, required = [] }: JsonSchema, whole: boolean): unknown {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([key]) => whole || required.includes(key))
      .map(([key, one]) => [key, exampleOf(one, { whole })]),
  );
}

function exampleText({ format, pattern, minLength = 0, maxLength = Infinity }: JsonSchema): string {
  const matcher = pattern === undefined ? /^/ : new RegExp(pattern, 'u');
  const own = format === undefined ? [] : [formats[format] ?? ''];
  const fits = [...own, ...texts, 'x'.repeat(minLength)].find(
    (text) => text.length >= minLength && text.length <= maxLength && matcher.test(text),
  );
  if (fits === undefined)
    throw new Error(
      `No example text of test/support/examples.ts fits ${pattern ?? 'the length'}: add one there.`,
    );
  return fits;
}

function exampleNumber({ minimum, exclusiveMinimum, maximum }: JsonSchema): number {
  const least = minimum ?? (exclusiveMinimum === undefined ? 1 : exclusiveMinimum + 1);
  return Math.min(Math.max(least, 1), maximum ?? Infinity);
}
