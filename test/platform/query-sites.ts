import { readdirSync, readFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Calls that look for documents. A function as argument is that of an array's `find`. */
const QUERY =
  /\.(find|findOne|findById|findOneAndUpdate|findOneAndDelete|findOneAndReplace|exists|countDocuments|estimatedDocumentCount|distinct|updateOne|updateMany|replaceOne|deleteOne|deleteMany|aggregate|bulkWrite)\((?!\s*(?:\(|async\b|\w+\s*=>))/g;
/** Who can have a collection in its hands. */
const HAS_COLLECTIONS = /from 'mongoose'|TenantRepository|TenantCollections/;

interface Site {
  readonly file: string;
  readonly within: string;
  readonly call: string;
}

/** Every place of src/ that asks the database for documents, and whether it ran: by the coverage that V8 keeps. */
export class QuerySites {
  private readonly session = new Session();

  static async watch(): Promise<QuerySites> {
    const sites = new QuerySites();
    sites.session.connect();
    await sites.session.post('Profiler.enable');
    await sites.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return sites;
  }

  /** The places that did not run since `watch`, as sentences; `known` says how many there are. */
  async idle(): Promise<{ known: number; idle: string[] }> {
    const { result } = await this.session.post('Profiler.takePreciseCoverage');
    const loaded = new Map(result.map((script) => [script.url.replace(/^(?!file:)/, pathPrefix), script]));
    await this.session.post('Debugger.enable');
    let known = 0;
    const idle: string[] = [];
    for (const file of filesWithQueries()) {
      const script = loaded.get(pathToFileURL(join(root, file)).href);
      if (script === undefined) {
        idle.push(`${file} was never loaded`);
        continue;
      }
      const { scriptSource } = await this.session.post('Debugger.getScriptSource', {
        scriptId: script.scriptId,
      });
      for (const match of scriptSource.matchAll(QUERY)) {
        known += 1;
        const { count, within } = whatRan(script, match.index);
        if (count === 0) idle.push(describe({ file, within, call: match[1] ?? '' }));
      }
    }
    return { known, idle };
  }

  async close(): Promise<void> {
    await this.session.post('Debugger.disable');
    await this.session.post('Profiler.stopPreciseCoverage');
    this.session.disconnect();
  }
}

const pathPrefix = 'file://';

function describe({ file, within, call }: Site): string {
  return `${file}: ${within} calls ${call}, which the walk never did`;
}

function filesWithQueries(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => join('src', name))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .filter((name) => {
      const text = readFileSync(join(root, name), 'utf8');
      return HAS_COLLECTIONS.test(text) && new RegExp(QUERY.source).test(text);
    })
    .sort();
}

/** How often the innermost piece of code around a place ran, and the innermost function with a name. */
function whatRan({ functions }: Profiler.ScriptCoverage, at: number): { count: number; within: string } {
  let [count, size, within, named] = [0, Number.POSITIVE_INFINITY, 'it', Number.POSITIVE_INFINITY];
  for (const { functionName, ranges } of functions) {
    for (const [place, { startOffset, endOffset, count: ran }] of ranges.entries()) {
      const length = endOffset - startOffset;
      if (at < startOffset || at >= endOffset) continue;
      if (length <= size) [count, size] = [ran, length];
      if (place === 0 && functionName !== '' && length < named) [within, named] = [functionName, length];
    }
  }
  return { count, within };
}
