import type { Log, PluginContext } from '../plugin/context';
import type { ResponseBodyProcessor } from '../plugin/plugins';
import type { InferenceRequest, InferenceResponse, Usage } from '../plugin/request';
import { compileUsage, type UsageExpression } from './cel';

interface Attribute {
  readonly key: { readonly namespace: string; readonly name: string };
  readonly expression: string;
  /** @default - always report */
  readonly condition?: string;
}

function compile(field: string, expression: string, types: readonly string[], log: Log): UsageExpression {
  try {
    const compiled = compileUsage(expression);
    if (!types.includes(compiled.type)) {
      log.warn({ field, expression, type: compiled.type, allowed: types }, 'the expression can never give a value that is reported');
    }
    return compiled;
  } catch (cause) {
    throw new Error(`attributes[0].${field} is no CEL expression over usage: ${(cause as Error).message}`, { cause });
  }
}

/** Counts by their names in the API; all 0 when the model server reported none. */
function variables(usage: Usage | undefined): object {
  return {
    prompt_tokens: usage?.promptTokens ?? 0,
    completion_tokens: usage?.completionTokens ?? 0,
    total_tokens: usage?.totalTokens ?? 0,
    ...(usage?.cachedTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: usage.cachedTokens } }),
  };
}

/**
 * `request-attribute-reporter`: computes a whole number from the token usage of an answer and reports it to the proxy as dynamic
 * metadata. 0 is not reported.
 */
export class RequestAttributeReporter implements ResponseBodyProcessor {
  private readonly attribute: Attribute;
  private readonly expression: UsageExpression;
  private readonly condition: UsageExpression | undefined;
  private readonly log: Log;

  constructor({ parameters, log }: PluginContext) {
    const [attribute] = parameters.attributes as unknown as readonly Attribute[];
    if (attribute === undefined) throw new Error('attributes is empty, write one entry');
    const { expression, condition } = attribute;
    this.attribute = attribute;
    this.log = log;
    this.expression = compile('expression', expression, ['int', 'double', 'uint', 'dyn'], log);
    if (condition !== undefined && condition !== '') this.condition = compile('condition', condition, ['bool', 'dyn'], log);
  }

  responseEnd(_request: InferenceRequest, response: InferenceResponse): void {
    const value = this.valueOf(response.usage);
    if (value === undefined || value === 0) return;
    const { namespace, name } = this.attribute.key;
    const known = response.metadata.get(namespace);
    if (known === undefined) response.metadata.set(namespace, { [name]: value });
    else known[name] = value;
  }

  private valueOf(usage: Usage | undefined): number | undefined {
    const { expression } = this.attribute;
    try {
      const counts = variables(usage);
      if (this.condition !== undefined && this.condition.evaluate(counts) !== true) return undefined;
      const result = this.expression.evaluate(counts);
      const value = typeof result === 'bigint' || typeof result === 'number' ? Math.trunc(Number(result)) : Number.NaN;
      if (Number.isFinite(value)) return value;
      this.log.error({ expression, result: String(result) }, 'the expression of a request attribute gave no number');
    } catch (error) {
      this.log.error({ expression, error: (error as Error).message }, 'the expression of a request attribute failed');
    }
    return undefined;
  }
}
