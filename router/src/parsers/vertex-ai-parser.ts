import { InferenceError } from '../plugin/errors';
import type { Parser, RawRequest, ResponseReader } from '../plugin/plugins';
import type { ParsedBody } from '../plugin/request';
import { grpcMessage } from './grpc-frames';
import { GrpcUsageReader } from './grpc-usage-reader';
import { badRequest } from './json-body';
import { type OpenAiApi, openAiBody } from './openai-body';
import { openAiReader } from './openai-usage';
import { ProtoReader } from './protobuf';
import { H2C_ONLY } from './protocols';
import { rawBody } from './raw-body';
import type { UsageReport } from './usage';

/** A method of the prediction service and the API whose JSON it wraps. */
interface Method {
  readonly suffix: string;
  readonly message: string;
  readonly api: OpenAiApi;
}

/** Source: llm-d-router v0.10.0, `parsers/vertexai`. */
const methods: readonly Method[] = [
  { suffix: 'PredictionService/ChatCompletions', message: 'ChatCompletionsRequest', api: 'chat' },
  { suffix: 'PredictionService/StreamRawPredict', message: 'StreamRawPredictRequest', api: 'responses' },
  { suffix: 'PredictionService/RawPredict', message: 'RawPredictRequest', api: 'responses' },
];

/** Both the HttpBody of a request and the data of an HttpBody are field 2. Source: google.cloud.aiplatform.v1beta1, google.api. */
const CONTENT = 2;

function content(message: Buffer): Buffer | undefined {
  const reader = new ProtoReader(message);
  let found: Buffer | undefined;
  while (reader.next()) if (reader.field === CONTENT) found = reader.bytes();
  return found;
}

function httpBody(method: Method, body: Buffer): Buffer | undefined {
  let message: Buffer;
  try {
    message = grpcMessage(body);
  } catch (cause) {
    throw badRequest(`invalid or unsupported gRPC payload: ${(cause as Error).message}`);
  }
  try {
    return content(message);
  } catch (cause) {
    throw badRequest(`unmarshaling ${method.message}: ${(cause as Error).message}`);
  }
}

/** Usage in the data of one HttpBody, which is a JSON answer or a piece of an event stream. */
function answerUsage(message: Buffer): UsageReport | undefined {
  const data = content(message);
  if (data === undefined) return undefined;
  const text = data.toString('latin1', 0, 16).trimStart();
  const reader = openAiReader(!text.startsWith('{'));
  reader.push(data);
  const { usage } = reader;
  if (usage === undefined) return undefined;
  return { prompt: usage.promptTokens, completion: usage.completionTokens, total: usage.totalTokens, cached: usage.cachedTokens };
}

/** Understands the gRPC API of Vertex AI, which wraps OpenAI JSON. Source: llm-d-router v0.10.0, `parsers/vertexai`. */
export class VertexAiParser implements Parser {
  readonly claims = methods.map(({ suffix }) => suffix);
  readonly protocols = H2C_ONLY;
  readonly rewritesModel = false;

  parse(raw: RawRequest): ParsedBody {
    const method = methods.find(({ suffix }) => raw.path.endsWith(suffix));
    if (method === undefined) return rawBody(raw.body, true);
    const body = httpBody(method, raw.body);
    if (body === undefined) throw badRequest(`${method.message} has no HttpBody`);
    try {
      return openAiBody(method.api, content(body) ?? Buffer.alloc(0), raw.body);
    } catch (cause) {
      const stage = cause instanceof InferenceError ? 'parsing' : 'unmarshaling';
      throw badRequest(`${stage} ${method.message}: ${(cause as Error).message}`);
    }
  }

  readResponse(body: ParsedBody): ResponseReader | undefined {
    return body.api === 'raw' ? undefined : new GrpcUsageReader(answerUsage);
  }
}
