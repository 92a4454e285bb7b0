import { createLogger, type Logger } from '../../src/platform/logging.js';
import { keepLine } from './kept-logs.js';

/** A logger of the service that keeps what it wrote. */
export interface LogLines {
  readonly logger: Logger;
  lines(): readonly Readonly<Record<string, unknown>>[];
  text(): string;
}

export function logLines(level = 'info'): LogLines {
  const written: string[] = [];
  const logger = createLogger(level, {
    write: (line: string) => {
      written.push(line);
      keepLine(line);
    },
  });
  return {
    logger,
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written.join(''),
  };
}
